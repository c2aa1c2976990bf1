/** The attributes of an element; numbers are rounded to a tenth. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Writes an element with each child on a line of its own, so that two pictures diff well. */
export function element(
  name: string,
  attributes: Attributes,
  children: readonly string[] = [],
): string {
  const tag = openTag(name, attributes);
  if (children.length === 0) return `<${tag}/>`;
  const lines = children.flatMap((child) => child.split('\n')).map((line) => `  ${line}`);
  return [`<${tag}>`, ...lines, `</${name}>`].join('\n');
}

/** Writes an element that contains only text, on one line. */
export function textElement(name: string, attributes: Attributes, content: string): string {
  const oneLine = content.replace(/\s+/g, ' ');
  return `<${openTag(name, attributes)}>${escapeXml(oneLine)}</${name}>`;
}

function openTag(name: string, attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(value)}"`);
  return name + pairs.join('');
}

function attribute(value: string | number): string {
  return typeof value === 'number' ? String(rounded(value)) : escapeXml(value);
}

/** Rounds to a tenth; finer differences can't be seen and would only clutter a diff. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

// XML 1.0 can't contain most control characters and lone surrogates, not even escaped.
const unwritable = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

function escapeXml(text: string): string {
  return text
    .replace(unwritable, '\u{FFFD}')
    .replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

// The width of a text is estimated, since the font that will show the picture is not known.
const wide =
  /[\u{1100}-\u{115F}\u{2E80}-\u{D7FF}\u{F900}-\u{FAFF}\u{FF00}-\u{FF60}\u{1F000}-\u{3FFFF}]/gu;

/** Returns the greatest width of a text in the usual monospaced fonts. */
export function textWidth(text: string, fontSize = 12): number {
  return columnsOf(text) * fontSize * 0.61;
}

/** Counts the columns of a text in a monospaced font: two for a wide character. */
function columnsOf(text: string): number {
  return text.replace(wide, '  ').length;
}

/** Breaks a text into lines of at most `columns` columns, at spaces, or inside a long word. */
export function wrap(text: string, columns: number): string[] {
  const words = text.trim().split(/\s+/);
  const lines: string[] = [];
  let line = '';
  for (const word of words.flatMap((word) => pieces(word, columns))) {
    const longer = line === '' ? word : `${line} ${word}`;
    const fits = columnsOf(longer) <= columns;
    if (!fits) lines.push(line);
    line = fits ? longer : word;
  }
  return [...lines, line];
}

function pieces(word: string, columns: number): string[] {
  const result: string[] = [];
  let piece = '';
  for (const character of word) {
    const fits = columnsOf(piece + character) <= columns;
    if (!fits) result.push(piece);
    piece = fits ? piece + character : character;
  }
  return [...result, piece];
}
