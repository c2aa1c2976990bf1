/** An element of a picture, with where it stands. */
export interface SvgElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
  /** The classes of the element and of all around it. */
  readonly classes: readonly string[];
  /** How far the elements around it move it down. */
  readonly down: number;
}

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const token = /<(\/?)(\w+)((?: [\w:-]+="[^"<]*")*)(\/?)>|([^<]+)/y;
const entity = /&(amp|lt|gt|quot);/g;
const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** Reads the part of XML that a drawing needs, and throws where it is not well-formed. */
export function readSvg(xml: string): SvgElement[] {
  const found: SvgElement[] = [];
  const open: SvgElement[] = [];
  token.lastIndex = 0;
  for (let at = 0; at < xml.length; at = token.lastIndex) {
    const match = token.exec(xml);
    if (!match) throw new SyntaxError(`Not XML: ${xml.slice(at, at + 60)}`);
    const [, end, name = '', attributes = '', empty, text] = match;
    const parent = open.at(-1);
    if (text !== undefined) {
      if (parent) parent.text += decoded(text);
      else if (text.trim()) throw new SyntaxError(`Text outside the root: ${text}`);
    } else if (end) {
      if (open.pop()?.name !== name) throw new SyntaxError(`Unexpected </${name}>`);
    } else {
      const element = elementOf(name, attributes, parent);
      if (!parent && found.length > 0) throw new SyntaxError(`A second root: <${name}>`);
      found.push(element);
      if (!empty) open.push(element);
    }
  }
  if (open.length > 0) throw new SyntaxError(`Not closed: <${String(open.at(-1)?.name)}>`);
  return found;
}

function elementOf(name: string, source: string, parent: SvgElement | undefined): SvgElement {
  const pairs = [...source.matchAll(/ ([\w:-]+)="([^"]*)"/g)];
  const attributes = Object.fromEntries(
    pairs.map(([, key = '', value = '']): [string, string] => [key, decoded(value)]),
  );
  if (Object.keys(attributes).length < pairs.length) throw new SyntaxError(`Twice: ${source}`);
  const classes = [...(parent?.classes ?? []), ...(attributes['class']?.split(' ') ?? [])];
  const shift = /^translate\(0 ([\d.]+)\)$/.exec(attributes['transform'] ?? 'translate(0 0)');
  return { name, attributes, text: '', classes, down: (parent?.down ?? 0) + Number(shift?.[1]) };
}

function decoded(text: string): string {
  const forbidden = /[\0-\x08\v\f\x0E-\x1F\uD800-\uDFFF\uFFFE\uFFFF]/u;
  if (forbidden.test(text)) throw new SyntaxError(`Not a character of XML: ${text}`);
  if (text.replace(entity, '').includes('&')) throw new SyntaxError(`A bare & in ${text}`);
  return text.replace(entity, (_, name: string) => characters[name] ?? '');
}

/** What an element covers, or undefined where it draws nothing itself. */
export function boxOf({ name, attributes, text, classes, down }: SvgElement): Box | undefined {
  const get = (key: string): number => Number(attributes[key]);
  const between = (xs: readonly number[], ys: readonly number[]): Box => ({
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys) + down,
    bottom: Math.max(...ys) + down,
  });
  switch (name) {
    case 'rect':
      return between([get('x'), get('x') + get('width')], [get('y'), get('y') + get('height')]);
    case 'line':
      return between([get('x1'), get('x2')], [get('y1'), get('y2')]);
    case 'circle':
      return between(
        [get('cx') - get('r'), get('cx') + get('r')],
        [get('cy') - get('r'), get('cy') + get('r')],
      );
    case 'path': {
      const points = pointsOf(attributes['d'] ?? '');
      return between(
        points.map(([x]) => x),
        points.map(([, y]) => y),
      );
    }
    case 'text': {
      const size = classes.includes('title')
        ? 13
        : classes.includes('small')
          ? 10
          : classes.includes('value')
            ? 11
            : 12;
      const width = text.length * size * 0.6;
      const left = get('x') - (classes.includes('middle') ? width / 2 : 0);
      return between([left, left + width], [get('y') - 0.8 * size, get('y') + 0.2 * size]);
    }
    default:
      return undefined;
  }
}

/** The points of a path that begins with M and goes on in relative m, l, h and z. */
function pointsOf(path: string): [number, number][] {
  const points: [number, number][] = [];
  let x = 0;
  let y = 0;
  for (const [, command, source = ''] of path.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const [dx = 0, dy = 0] = source.trim().split(/\s+/).map(Number);
    if (!'Mmlhz'.includes(command ?? '')) throw new SyntaxError(`Unknown command in ${path}`);
    x += dx;
    y += dy;
    points.push([x, y]);
  }
  return points;
}
