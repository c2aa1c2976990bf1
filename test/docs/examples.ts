import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks } from '../../scripts/codeBlocks.js';

// Every example in the README, in the guides and in the doc comments of the sources.

const read = (file: string) => readFileSync(file, 'utf8');

export interface Example {
  readonly title: string;
  readonly code: string;
}

function inMarkdown(file: string): Example[] {
  return codeBlocks(read(file), 'ts').map((code, i) => ({ title: `${file} ${i + 1}`, code }));
}

function inSources(folder: string): Example[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => inSource(join(folder, file)));
}

function inSource(file: string): Example[] {
  const comments = read(file).match(/\/\*\*[^]*?\*\//g) ?? [];
  const texts = comments.map((comment) => comment.replace(/^ *\* ?/gm, ''));
  const codes = texts.flatMap((text) => codeBlocks(text, 'ts'));
  return codes.map((code, i) => ({ title: `${file} ${i + 1}`, code }));
}

const guides = readdirSync('docs').filter((file) => file.endsWith('.md'));
export const usesZones = (code: string) => code.includes("'zone.js'");
// The examples with zones come last: zone.js changes timers and promises for all that follows.
const examples = [
  ...inMarkdown('README.md'),
  ...guides.flatMap((file) => inMarkdown(join('docs', file))),
  ...inSources('src'),
].sort((a, b) => Number(usesZones(a.code)) - Number(usesZones(b.code)));

const manifest = JSON.parse(read('node_modules/rxjs/package.json')) as {
  readonly version: string;
};

/** Whether the installed rxjs has what an example says that it needs, and Angular. */
function isRunnable({ title, code }: Example): boolean {
  const needed = code.includes("'@angular/") ? 4 : (/needs rxjs 7\.(\d+)/.exec(code)?.[1] ?? 0);
  const isNewEnough = Number(manifest.version.split('.')[1]) >= Number(needed);
  if (!isNewEnough) console.warn(`SKIPPED: ${title} needs rxjs 7.${needed}`);
  return isNewEnough;
}

/** Those that the installed packages can run. */
export const runnable = examples.filter(isRunnable);
