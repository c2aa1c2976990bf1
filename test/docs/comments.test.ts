import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as ts from 'typescript';

// Read as syntax, without types, so that this takes no time: whatever an entry point exports is
// looked up in the file that it comes from.

const root = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Export {
  readonly name: string;
  readonly file: string;
}

/** The names that an entry point re-exports, and where they are declared. */
function exportsOf(index: string): Export[] {
  return parse(read(index)).statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement)) return [];
    const { exportClause, moduleSpecifier } = statement;
    if (!exportClause || !ts.isNamedExports(exportClause) || !moduleSpecifier) return [];
    const { text } = moduleSpecifier as ts.StringLiteral;
    const file = join(dirname(index), text.replace(/\.js$/, '.ts'));
    return exportClause.elements.map(({ name }) => ({ name: name.text, file }));
  });
}

/** The examples in the doc comments of what has this name; of a function, in all its overloads. */
function examplesOf(name: string, text: string): string[] {
  return parse(text).statements.flatMap((statement) =>
    namesOf(statement).includes(name)
      ? ts
          .getJSDocTags(statement)
          .filter(({ tagName }) => tagName.text === 'example')
          .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
      : [],
  );
}

function isType(name: string, text: string): boolean {
  const named = parse(text).statements.filter((statement) => namesOf(statement).includes(name));
  return named.every((one) => ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one));
}

function namesOf(statement: ts.Statement): (string | undefined)[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  return [(statement as Partial<ts.DeclarationStatement>).name?.text];
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('', text, ts.ScriptTarget.Latest, true);
}

function longLines(file: string): string[] {
  const isLong = (line: string) => line.length > 100 && /^ *\/?\*/.test(line);
  const lines = read(file).split('\n');
  return lines.flatMap((line, i) => (isLong(line) ? [`${file}:${i + 1}`] : []));
}

const isExample = (example: string) => /^```ts\n[^]*\n```/.test(example);

describe.each([
  ['src/index.ts', 30],
  ['src/angular/index.ts', 8],
  ['src/devtools/index.ts', 17],
  ['src/postgres/index.ts', 3],
  ['src/state/index.ts', 4],
  ['src/testing/index.ts', 9],
  ['src/web-locks/index.ts', 4],
])('%s', (index, least) => {
  const names = exportsOf(index);

  it('exports names that are declared where it says', () => {
    const lost = names.filter(
      ({ name, file }) => !parse(read(file)).statements.flatMap(namesOf).includes(name),
    );
    expect(names.length).toBeGreaterThanOrEqual(least);
    expect(lost).toEqual([]);
  });

  it('has no line of a doc comment that is longer than 100 columns', () => {
    const files = new Set(names.map(({ file }) => file));
    expect([...files].flatMap((file) => longLines(file))).toEqual([]);
  });

  it('has an example in the doc comment of each function and class, and of no type', () => {
    const wrong = names.filter(({ name, file }) => {
      const hasExample = examplesOf(name, read(file)).some(isExample);
      return hasExample === isType(name, read(file));
    });
    expect(wrong).toEqual([]);
  });
});

it.each([
  ['no comment', 'export class It {}'],
  ['a comment without an example', '/** Is it. */\nexport class It {}'],
  ['an example that is not code', '/** @example none */\nexport class It {}'],
  ['an example of something in it', 'export class It { /** @example\n```ts\n1\n```*/ a: 1 }'],
  ['the example of a neighbour', '/** @example\n```ts\n1\n```*/\nconst other = 1;\nclass It {}'],
])('finds no example in %s', (_what, text) => {
  expect(examplesOf('It', text).filter(isExample)).toEqual([]);
});

it.each(['interface It {}', 'type It = 1;', 'class It {}', 'const It = 1;', 'function It() {}'])(
  'finds the example of %s',
  (declaration) => {
    const comment = '/**\n * Is it.\n *\n * @example\n * ```ts\n * it();\n * ```\n */';
    const text = `${comment}\nexport ${declaration}`;
    expect(examplesOf('It', text).filter(isExample)).toEqual(['```ts\nit();\n```']);
  },
);
