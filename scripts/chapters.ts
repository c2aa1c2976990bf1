import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IllustratedChapter, illustrateChapter } from './illustrate.js';

/** The order of the chapters in the index. A chapter that is missing here comes last. */
const ORDER = [
  'requesting.md',
  'cancelling.md',
  'releasing.md',
  'leases.md',
  'policies.md',
  'conditions.md',
  'schedulers.md',
  'many-locks.md',
  'subject.md',
];

/** Reads every chapter in a folder and draws it. */
export function illustrateAll(folder: string): readonly IllustratedChapter[] {
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort((a, b) => place(a) - place(b) || a.localeCompare(b))
    .map((name) => illustrateChapter(readFileSync(join(folder, name), 'utf8'), name));
}
