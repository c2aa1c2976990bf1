import { isNested, nameOf, nestedIn } from '../steps.js';
import type { ModelSide } from './ModelSide.js';
import type { Kind, Step } from './steps.js';

const KINDS = [
  ['read', 'waits'],
  ['upgradable', 'waits'],
  ['write', 'waits'],
  ['read', 'tries'],
  ['write', 'tries'],
  ['read', 'loses'],
  ['read', 'both'],
] as const satisfies readonly (readonly [string, Kind])[];

/** What may happen next. Clients are alike until they make their request, so they do it in turn. */
export function nextSteps(side: ModelSide): Step[] {
  const live = side.cohorts.flatMap(({ held, waiting }) => [...held, ...waiting]);
  return [
    ...requests(side),
    ...live.map(({ name }): Step => ({ do: 'unsubscribe', name })),
    ...throughLeases(side),
    ...side.cohorts.flatMap((_, process) => inProcess(side, process)),
  ];
}

/** Every way in which a lease may end. */
export function ends({ cohorts }: ModelSide): Step[] {
  return cohorts.flatMap(({ held }) => held.map(({ name }): Step => ({ do: 'unsubscribe', name })));
}

function requests({ requested, terms, cohorts }: ModelSide): Step[] {
  if (requested === terms.clients) return [];
  const name = nameOf(requested);
  // Processes are alike, too: the first request is made in the first one.
  return cohorts
    .slice(0, requested === 0 ? 1 : undefined)
    .flatMap((_, process) =>
      KINDS.map(([mode, kind]): Step => ({ do: 'request', name, process, mode, kind })),
    );
}

function throughLeases({ cohorts }: ModelSide): Step[] {
  return cohorts.flatMap(({ held, waiting }) =>
    held.flatMap(({ name, mode }): Step[] => {
      if (isNested(name) || mode === 'read') return [];
      const nests = [...held, ...waiting].some((other) => other.name === nestedIn(name));
      return [
        { do: 'downgrade', name, mode: 'read' },
        ...(mode === 'write' ? [{ do: 'downgrade', name, mode: 'upgradable' } as const] : []),
        ...(nests
          ? []
          : [
              { do: 'nest', name, mode: 'write' } as const,
              { do: 'nest', name, mode: 'read' } as const,
            ]),
      ];
    }),
  );
}

// What happens to a process that has no request changes nothing of note.
function inProcess({ cohorts }: ModelSide, process: number): Step[] {
  const cohort = cohorts[process];
  if (!cohort) return [];
  const { place, held, waiting, closed, failure } = cohort;
  const isUsed = held.length + waiting.length > 0;
  const what = [
    place.lease && 'lose',
    place.isDown ? 'mend' : isUsed && 'fail',
    isUsed && !closed && 'close lock',
    isUsed && failure === undefined && 'fail lock',
  ] as const;
  return what.flatMap((what) => (what ? { do: what, process } : []));
}
