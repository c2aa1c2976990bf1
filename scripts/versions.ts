// Runs the tests with another version of rxjs or Node, in a copy of the checkout. Without an option it
// takes all supported versions, one after the other.
import { Command } from 'commander';
import { Project, type Versions } from './versions/Project.js';

/** The oldest and the newest supported rxjs, and every supported Node. */
const SUPPORTED: readonly Versions[] = [
  { rxjs: '7.2.0' },
  { rxjs: '7.8.2' },
  { node: '20' },
  { node: '22' },
  { node: '24' },
];

const command = new Command('versions')
  .description('Runs the tests with other versions; arguments after -- go to jest.')
  .option('--rxjs <version>', 'with this rxjs, as in 7.2.0; compiles them, too')
  .option('--node <version>', 'on this Node, as in 22')
  .argument('[jest...]', 'arguments for jest')
  .parse();
const given = command.opts<Versions>();

const chosen = given.rxjs || given.node ? [given] : SUPPORTED;
const failed = chosen.filter((versions) => !passes(versions));
for (const { rxjs, node } of failed)
  console.error(
    `failed: ${[rxjs && `rxjs ${rxjs}`, node && `Node ${node}`].filter(Boolean).join(', ')}`,
  );
process.exitCode = failed.length === 0 ? 0 : 1;

function passes(versions: Versions): boolean {
  const project = new Project(versions);
  try {
    const typed = !versions.rxjs || project.checkTypes();
    return project.test(command.args) && typed;
  } finally {
    project.remove();
  }
}
