// Compiles every example of the README, of the guides and of the doc comments, with the project's own strict
// settings, or with those of a given tsconfig.json. The tests run them.
import { resolve } from 'node:path';
import ts from 'typescript';
import { runnable } from '../test/docs/examples.js';

if (runnable.length === 0) throw new Error('there are no examples');
const [, , project = 'tsconfig.json'] = process.argv;
// An example may show a lease or a function that it does not use.
const unchecked = { noUnusedLocals: false, noUnusedParameters: false };
const parsed = ts.getParsedCommandLineOfConfigFile(project, unchecked, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: () => undefined,
});
if (!parsed) throw new Error(`${project} can't be read`);
const { options } = parsed;
const host = ts.createCompilerHost(options);
const getSourceFile = host.getSourceFile.bind(host);
const examples = new Map(runnable.map((one, i) => [resolve('docs', `example${i}.ts`), one]));
host.getSourceFile = (file, version, ...rest) => {
  const example = examples.get(file);
  return example
    ? ts.createSourceFile(file, `${example.code}\nexport {};\n`, version)
    : getSourceFile(file, version, ...rest);
};
const program = ts.createProgram([...examples.keys()], options, host);
const problems = ts.getPreEmitDiagnostics(program);
for (const { file, start = 0, messageText } of problems) {
  const line = file?.getLineAndCharacterOfPosition(start).line ?? 0;
  const title = examples.get(file?.fileName ?? '')?.title ?? file?.fileName;
  console.error(
    `${title}, line ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
  );
}
console.log(`${runnable.length} examples compiled, ${problems.length} errors`);
process.exitCode = problems.length === 0 ? 0 : 1;
