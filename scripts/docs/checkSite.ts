// Checks that every local link and picture of the generated site leads to a part of the site.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const site = join(process.cwd(), 'docs/api');

const pages = new Map(
  readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.html'))
    .map((name) => [join(site, name), readFileSync(join(site, name), 'utf8')]),
);
const links = [...pages].flatMap(([page, html]) =>
  attributes(html, /\s(?:href|src)="([^"]*)"/g).map((link) => ({ page, link })),
);
const local = links.filter(({ link }) => !/^(?:[a-z]+:|\/\/)/.test(link));
const broken = local.filter((place) => !isSound(place));
for (const { page, link } of broken) console.error(`${page}: the link ${link} is broken`);
console.log(`site: ${pages.size} pages, ${local.length} local links, ${broken.length} broken`);
process.exitCode = broken.length > 0 ? 1 : 0;

function isSound({ page, link }: { page: string; link: string }): boolean {
  const [path = '', anchor] = link.split('#').map((part) => decodeURIComponent(part));
  const target = path ? join(dirname(page), path) : page;
  // TypeDoc copies a Markdown file unchanged if `projectDocuments` doesn't list it.
  if (!existsSync(target) || target.endsWith('.md')) return false;
  const html = pages.get(target);
  return !anchor || !html || attributes(html, /\sid="([^"]*)"/g).includes(anchor);
}

function attributes(html: string, pattern: RegExp): string[] {
  return [...html.matchAll(pattern)].map(([, value = '']) => value.replaceAll('&amp;', '&'));
}
