import { asAnyone } from '../../scripts/model/asAnyone.js';
import { tourOf } from '../../scripts/model/tour.js';

const ALL = [
  '| > a asks w > a=w |',
  '| > b asks w > b=w |',
  'a=w | > a lets go > |',
  'b=w | > b lets go > |',
  'a=w | > b asks r > a=w | b?r',
  'a=w | b?r > a lets go > b=r |',
  'b=r | > b lets go > |',
];

it('transitions in which other clients do the same are alike', () => {
  expect(asAnyone('a=r c=w | b?u > b gives up > a=r c=w |')).toBe(
    asAnyone('b=w c=r | a?u > a gives up > b=w c=r |'),
  );
  expect(asAnyone('a=r | b?w c?r > b gives up > a=r c=r |')).not.toBe(
    asAnyone('a=r | c?r b?w > b gives up > a=r c=r |'),
  );
});

it('a tour takes every transition by some client, and ends where the lock is free', () => {
  const walks = tourOf(ALL);
  const steps = walks.flat().map(({ client, action }) => `${client} ${action}`);
  expect(steps).toEqual(expect.arrayContaining(['a asks w', 'b asks r', 'a lets go', 'b lets go']));
  expect(walks.map((walk) => walk.at(-1)?.state)).toEqual(walks.map(() => '|'));
});

it('a tour of some transitions takes those, by the shortest ways', () => {
  const [walk, ...others] = tourOf(ALL, ['a=w | b?r > a lets go > b=r |']);
  expect(walk?.map(({ state }) => state)).toEqual(['a=w |', 'a=w | b?r', 'b=r |', '|']);
  expect(others).toEqual([]);
});

it('a transition to which no way leads is told', () => {
  expect(() => tourOf(ALL, ['c=r | > c lets go > |', 'd=u | > d lets go > |'])).toThrow(
    "can't be reached",
  );
});
