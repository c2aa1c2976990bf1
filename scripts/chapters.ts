import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IllustratedChapter, illustrateChapter } from './illustrate.js';

/** The order in which the index lists the chapters; one that is not listed comes last. */
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
  'live-reads.md',
];

/** Reads every chapter in a folder and draws it. */
export function illustrateAll(folder: string): readonly IllustratedChapter[] {
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((name) => illustrateChapter(readFileSync(join(folder, name), 'utf8'), name));
}
