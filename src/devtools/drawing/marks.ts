import type { Mark } from './placeMarks.js';
import { element, rounded, textElement, textWidth } from './svg.js';

export const discSize = 17;
export const boxHeight = 20;

/** Makes the mark of a value: a disc around one letter, which a longer text widens to the right. */
export function valueMark(at: number, text: string): Mark {
  const width = Math.max(discSize, textWidth(text, 11) + 9);
  const shape = { class: 'box', width, height: discSize, rx: discSize / 2 };
  return labelled(at, text, shape, discSize / 2);
}

/** Makes the mark of a state: a box that begins at its frame. */
export function stateMark(at: number, text: string): Mark {
  const width = textWidth(text, 11) + 12;
  return labelled(at, text, { class: 'box', width, height: boxHeight, rx: 3 }, 0);
}

interface Shape {
  readonly class: string;
  readonly width: number;
  readonly height: number;
  readonly rx: number;
}

function labelled(at: number, text: string, shape: Shape, inset: number): Mark {
  const draw = (left: number, y: number): string[] => [
    element('rect', { ...shape, x: left, y: y - shape.height / 2 }),
    textElement('text', { class: 'value middle', x: left + shape.width / 2, y: y + 4 }, text),
  ];
  return { at, width: shape.width, inset, draw };
}

/** Makes the mark of an unsubscription: a cross, with a halo that separates it from the bar. */
export function cancelMark(at: number): Mark {
  const draw = (left: number, y: number): string[] => {
    const d = cross(left + 8, y, 5);
    return [element('path', { class: 'halo', d }), element('path', { class: 'cross', d })];
  };
  return { at, width: 16, inset: 8, draw };
}

/** Makes the mark of an error: a cross cut out of a box. */
export function errorMark(at: number): Mark {
  const draw = (left: number, y: number): string[] => [
    element('rect', { class: 'badge error', x: left, y: y - 8, width: 16, height: 16, rx: 3 }),
    element('path', { class: 'cutout', d: cross(left + 8, y, 3.5) }),
  ];
  return { at, width: 16, inset: 8, draw };
}

function cross(x: number, y: number, arm: number): string {
  const side = 2 * arm;
  return `M${rounded(x - arm)} ${rounded(y - arm)}l${side} ${side}m0 ${-side}l${-side} ${side}`;
}
