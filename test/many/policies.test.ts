import { phaseFair, writersFirst } from 'rxjs-rwlock';
import { keyWords } from '../support/keyWords.js';

describe('phaseFair on a lock with keys', () => {
  it('A4, G2: a phase is that of a key: the end of a write grants the readers of that key', () => {
    const { log, hold, request } = keyWords(phaseFair);
    const writer = hold('a:w');
    hold('b:r');
    for (const words of ['b:w', 'b:r', 'a:w']) request(words);
    const reader = request('a:r');
    writer.release();
    expect(log).toEqual(['a:r']);
    reader.unsubscribe();
    expect(log).toEqual(['a:r', 'a:w']);
  });

  it('A4, G2: a reader of a key waits for at most one writer of all', () => {
    const { log, hold, request } = keyWords(phaseFair);
    const writer = hold('a:w');
    const all = request('*:w');
    request('*:w');
    request('b:r');
    writer.release();
    expect(log).toEqual(['*:w']);
    all.unsubscribe();
    expect(log).toEqual(['*:w', 'b:r']);
  });

  it('A4, G2: no circle of requests for keys and for all leaves a free key waiting', () => {
    const { log, hold, request } = keyWords(phaseFair);
    hold('3:r');
    const writer = hold('1:w');
    for (const words of ['1:w', '*:w', '2:w', '*:r']) request(words);
    writer.release();
    expect(log.length).toBeGreaterThan(0);
  });

  it('A4, G3: several keys are granted together, even if it is the turn of the readers of one', () => {
    const { log, hold, request } = keyWords(phaseFair);
    hold('z:r');
    const writer = hold('x:w');
    request('x:w y:w');
    request('x:r y:u');
    writer.release();
    expect(log).toEqual(['x:w y:w']);
  });

  it('A4, G3: readers of several keys go first when a write of each has ended', () => {
    const { log, hold, request } = keyWords(phaseFair);
    const [x, y] = [hold('x:w'), hold('y:w')];
    request('x:w');
    request('x:r y:r');
    y.release();
    x.release();
    expect(log).toEqual(['x:r y:r']);
  });
});

it('A4, G3: under writersFirst several keys, one of them to write, go before an earlier upgradable', () => {
  const { log, hold, request } = keyWords(writersFirst);
  const writer = hold('x:w');
  request('x:u');
  request('x:u y:w');
  writer.release();
  expect(log).toEqual(['x:u y:w']);
});
