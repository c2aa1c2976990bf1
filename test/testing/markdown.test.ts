import { checkMarbles, runMarbles } from 'rxjs-rwlock/testing';
import { readChapter } from '../../src/testing/readChapter.js';

const BLOCK = `lock fifo

A read
  source  a-|
  holds   ^-!
  result  a-|
`;
const chapter = (body: string) => `# Title\n\n## Claim\n\n${body}`;
const fenced = (block: string) => chapter(`\`\`\`marbles\n${block}\`\`\`\n`);
const WRONG = BLOCK.replace('holds   ^-!', 'holds   ^--!');

describe('a fence is seen in whatever way Markdown lets it be written', () => {
  const indented = BLOCK.replaceAll(/^(?=.)/gm, '   ');

  it.each([
    ['with CRLF', fenced(BLOCK).replaceAll('\n', '\r\n')],
    ['with spaces behind it', fenced(BLOCK).replaceAll('```marbles', '```marbles  ')],
    ['with a space before the language', fenced(BLOCK).replace('```marbles', '``` marbles')],
    ['with a capital', fenced(BLOCK).replace('```marbles', '```Marbles')],
    ['with words behind the language', fenced(BLOCK).replace('```marbles', '```marbles title')],
    ['with braces', fenced(BLOCK).replace('```marbles', '``` {.marbles}')],
    ['of tildes', fenced(BLOCK).replaceAll('```', '~~~')],
    ['of four ticks', fenced(BLOCK).replaceAll('```', '````')],
    ['closed by more', fenced(BLOCK).replace(/```\n$/, '`````  \n')],
    ['indented, with its block', chapter(`   \`\`\`marbles\n${indented}   \`\`\`\n`)],
    ['below another language', chapter(`~~~sh\n# not a heading\n~~~\n\n~~~marbles\n${BLOCK}~~~`)],
  ])('%s', (_, markdown) => {
    expect(readChapter(markdown, 'a.md').blocks.map(({ heading }) => heading)).toEqual(['Claim']);
    const wrong = markdown.replace(/holds {3}\^-!/, 'holds   ^--!');
    expect(() => checkMarbles(wrong)).toThrow('expected  ^--!');
  });

  it('a block shown inside another fence is text', () => {
    const shown = chapter(`~~~~md\n~~~marbles\n${WRONG}~~~\n~~~~\n`);
    expect(readChapter(shown, 'a.md').blocks).toEqual([]);
  });

  it.each([
    ['in a quotation', '> ```marbles\n> lock fifo\n> ```\n', "a.md:5: a marbles block can't stand"],
    [
      'behind a bullet',
      '- ```marbles\n  lock fifo\n  ```\n',
      "a.md:5: a marbles block can't stand",
    ],
    ['in a fence that is open', '```sh\nls\n', 'a.md:5: the block is not closed'],
  ])('an error: %s', (_, body, message) => {
    expect(() => readChapter(chapter(body), 'a.md')).toThrow(message);
  });
});

describe('a block that says less than it seems to is an error with its line', () => {
  const states = 'lock fifo\n  state   f\n  where   f=-@0\n';

  it.each([
    [
      'an error that is not in the result',
      `${BLOCK}  error   LockError\n`,
      'a.md:12: the row "error"',
    ],
    [
      'where without state',
      states.replace(/ {2}state.*\n/, '') + BLOCK.slice(10),
      'a.md:7: the row',
    ],
    ['two lanes of one name', BLOCK + BLOCK.slice(10), 'a.md:13: a second lane "A"'],
    ['neither lane nor state', 'lock fifo\n', 'a.md:6: a block needs a lane'],
  ])('%s', (_, block, message) => {
    expect(() => readChapter(fenced(block), 'a.md')).toThrow(message);
  });

  it('a block of states alone is not an error', () => {
    expect(() => checkMarbles(fenced(states))).not.toThrow();
  });
});

describe('running the blocks of a text', () => {
  it('registers a test for each block in any runner', () => {
    const calls: string[] = [];
    const tests: (() => void)[] = [];
    runMarbles(`${fenced(BLOCK)}\n## Wrong\n\n~~~marbles\n${WRONG}~~~\n`, {
      describe(name, body) {
        calls.push(name);
        body();
      },
      it(name, test) {
        calls.push(name);
        tests.push(test);
      },
    });
    expect(calls).toEqual(['Title', 'Claim', 'Wrong']);
    expect(tests[0]).not.toThrow();
    expect(tests[1]).toThrow('marbles.md:21: A holds\n  expected  ^--!\n  actual    ^-!');
  });

  it('shows every block that fails', () => {
    const markdown = `${fenced(WRONG)}\n## Other\n\n~~~marbles\n${WRONG}~~~\n`;
    expect(() => checkMarbles(markdown, 'a.md')).toThrow(
      /^Claim\n\na\.md:10: A holds\n[^]*\n\nOther\n\na\.md:21: A holds\n/,
    );
  });

  it.each([
    ['checkMarbles', (text: string) => checkMarbles(text, 'a.md')],
    ['runMarbles', (text: string) => runMarbles(text, { describe, it }, 'a.md')],
  ])('%s refuses a text without a block', (_, run) => {
    expect(() => run('# Title\n')).toThrow('a.md:1: the text has no marbles block');
  });
});
