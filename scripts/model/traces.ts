import { readFileSync, writeFileSync } from 'node:fs';
import type { PolicyName } from '../../test/model/rules.js';
import { formatTraces, POLICY_NAMES, traceFile, type Walk } from '../../test/model/trace.js';
import { policyIs } from './checks.js';
import type { Model } from './Model.js';
import { tourOf } from './tour.js';

/** How many clients the traces have. */
export const TRACED = 3;

/** Writes walks of the model, for the tests to do them to the real lock. */
export async function writeTraces(model: Model): Promise<void> {
  for (const policy of POLICY_NAMES) writeFileSync(traceFile(policy), await traces(model, policy));
}

/** The files that hold other walks than the model takes. */
export async function staleTraces(model: Model): Promise<string[]> {
  const texts = await Promise.all(POLICY_NAMES.map((policy) => traces(model, policy)));
  return POLICY_NAMES.map(traceFile).filter((file, i) => readFileSync(file, 'utf8') !== texts[i]);
}

/** Walks that take every transition under a policy. */
export async function everyTransition(model: Model, policy: PolicyName): Promise<Walk[]> {
  return tourOf(await transitions(model, policy));
}

async function traces(model: Model, policy: PolicyName): Promise<string> {
  return `${header(policy)}\n${formatTraces(await walks(model, policy))}`;
}

/** Under fifo every transition there is; under the others those that fifo hasn't. */
async function walks(model: Model, policy: PolicyName): Promise<Walk[]> {
  if (policy === 'fifo') return everyTransition(model, policy);
  const underFifo = new Set(await transitions(model, 'fifo'));
  const all = await transitions(model, policy);
  return tourOf(
    all,
    all.filter((transition) => !underFifo.has(transition)),
  );
}

function transitions(model: Model, policy: PolicyName): Promise<string[]> {
  return model.transitions([policyIs(policy), `CLIENTS=${TRACED}`]);
}

function header(policy: PolicyName): string {
  const what = `# What clients of the model do under ${policy}, and who then holds | who waits.`;
  return `${what}\n# Written by \`npm run model -- --traces\`; model/README.md explains the letters.\n`;
}
