import '../support/testBed.js';
import {
  Component,
  computed,
  createEnvironmentInjector,
  effect,
  EnvironmentInjector,
  ErrorHandler,
  inject,
  type InjectionToken,
  Injector,
  signal,
  type Type,
} from '@angular/core';
import { AsyncPipe } from '@angular/common';
import { TestBed } from '@angular/core/testing';
import { defer, NEVER, of, Subject } from 'rxjs';
import { KeyedReadWriteLock, ReadWriteLock, withReadLock, withWriteLock } from 'rxjs-rwlock';
import {
  createKeyedLockToken,
  createLockToken,
  injectLockState,
  provideLock,
} from 'rxjs-rwlock/angular';

// The decorator is called as a function, since the tests are compiled without the compiler of Angular.
function component(type: Type<unknown>, template: string, more: Partial<Component> = {}): void {
  Component({ selector: type.name.toLowerCase(), template, ...more })(type);
}

const inContext = <T>(work: () => T): T => TestBed.runInInjectionContext(work);

describe('a lock from a token', () => {
  const SETTINGS = createLockToken('settings', { maxWaiting: 1 });

  it('M1: there is one for each application, of the name of its token', () => {
    const lock = TestBed.inject(SETTINGS);
    expect(lock).toBeInstanceOf(ReadWriteLock);
    expect(TestBed.inject(SETTINGS)).toBe(lock);
    lock.complete();
    const errors: string[] = [];
    lock.reader.acquire().subscribe({ error: ({ message }: Error) => errors.push(message) });
    expect(errors).toEqual([expect.stringMatching(/^settings: /)]);
    TestBed.resetTestingModule();
    expect(TestBed.inject(SETTINGS)).not.toBe(lock);
  });

  it('M1: a component that provides one shares it with its children, and with nobody else', () => {
    class Child {
      readonly lock = inject(SETTINGS);
    }
    class Editor {
      readonly lock = inject(SETTINGS);
    }
    component(Child, '');
    component(Editor, '<child />', { imports: [Child], providers: [provideLock(SETTINGS)] });
    const [one, two] = [Editor, Editor].map((type) => TestBed.createComponent(type));
    const childOf = (fixture = one) =>
      fixture?.debugElement.children[0]?.componentInstance as Child;
    expect(childOf(one).lock).toBe(one?.componentInstance.lock);
    expect(childOf(two).lock).toBe(two?.componentInstance.lock);
    const locks = [
      one?.componentInstance,
      two?.componentInstance,
      TestBed.createComponent(Child).componentInstance,
    ];
    expect(new Set(locks.map((it) => it?.lock)).size).toBe(3);
  });

  it('M1: a route that provides one has it in its environment', () => {
    const parent = TestBed.inject(EnvironmentInjector);
    const route = createEnvironmentInjector([provideLock(SETTINGS)], parent);
    expect(route.get(SETTINGS)).not.toBe(parent.get(SETTINGS));
    expect(createEnvironmentInjector([], route).get(SETTINGS)).toBe(route.get(SETTINGS));
  });

  it.each([
    ['those of the token', undefined, 1],
    ['its own', { maxWaiting: 2 }, 2],
    ['for undefined those of the token as', { maxWaiting: undefined }, 1],
  ])('M1: a provided lock has the name of its token, and %s options', (_, options, waiting) => {
    TestBed.configureTestingModule({ providers: [provideLock(SETTINGS, options)] });
    const lock = TestBed.inject(SETTINGS);
    lock.writer.tryAcquire();
    const errors: string[] = [];
    for (let i = 0; i < 3; i++)
      NEVER.pipe(withWriteLock(lock)).subscribe({
        error: ({ message }: Error) => errors.push(message),
      });
    expect(lock.state.waiting.write).toBe(waiting);
    expect(errors[0]).toMatch(/^settings: .* queue is full/);
  });

  it('M1: a keyed lock has a token, too', () => {
    const ROWS = createKeyedLockToken<number>('rows');
    const rows = TestBed.inject(ROWS);
    expect(rows).toBeInstanceOf(KeyedReadWriteLock);
    rows.for(1).writer.tryAcquire();
    expect(rows.for(1).reader.tryAcquire()).toBeUndefined();
    expect(rows.for(2).writer.tryAcquire()).toBeDefined();
    TestBed.resetTestingModule().configureTestingModule({ providers: [provideLock(ROWS)] });
    expect(TestBed.inject(ROWS).for(1).reader.tryAcquire()).toBeDefined();
  });

  it('M1: a save that begins when its component is destroyed is still served', () => {
    const saved: string[] = [];
    class Editor {
      readonly lock = inject(SETTINGS);
      ngOnDestroy() {
        of('saved')
          .pipe(withWriteLock(this.lock))
          .subscribe((value) => saved.push(value));
      }
    }
    component(Editor, '', { providers: [provideLock(SETTINGS)] });
    const fixture = TestBed.createComponent(Editor);
    const lease = fixture.componentInstance.lock.writer.tryAcquire();
    fixture.destroy();
    lease?.release();
    expect(saved).toEqual(['saved']);
  });

  it('M1: an effect that releases it does not track what the next source reads', () => {
    const lock = TestBed.inject(SETTINGS);
    const read = signal(1);
    let runs = 0;
    let lease = lock.writer.tryAcquire();
    const run = () => {
      runs++;
      lease?.release();
    };
    const seen: number[] = [];
    defer(() => of(read()))
      .pipe(withReadLock(lock))
      .subscribe((value) => seen.push(value));
    inContext(() => effect(run));
    TestBed.tick();
    read.set(2);
    TestBed.tick();
    expect([seen, runs]).toEqual([[1], 1]);

    // A lock that does not come from a token shows that the test can fail.
    const other = new ReadWriteLock();
    lease = other.writer.tryAcquire();
    defer(() => of(read()))
      .pipe(withReadLock(other))
      .subscribe();
    inContext(() => effect(run));
    TestBed.tick();
    read.set(3);
    TestBed.tick();
    expect(runs).toBe(3);
  });

  it.each<[string, () => unknown, string]>([
    ['a name', () => createLockToken(1 as never), 'name must be a string, got number'],
    ['options', () => createLockToken('a', { maxWaiting: -1 }), 'maxWaiting'],
    ['options', () => createKeyedLockToken('a', { policy: 1 as never }), 'policy'],
    ['options', () => provideLock(SETTINGS, { maxWaiting: -1 }), 'maxWaiting'],
    ['options', () => createLockToken('a', of({}) as never), 'options must be a plain object'],
    ['options', () => provideLock(SETTINGS, of({}) as never), 'options must be a plain object'],
    [
      'a token',
      () => provideLock({} as InjectionToken<ReadWriteLock>),
      'expects a token of createLockToken',
    ],
  ])('M1: %s that makes no sense throws where it is given', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('the signal of a state', () => {
  const LOCK = createLockToken('lock');
  const ROWS = createKeyedLockToken<number>('rows');

  it('M2: it is the state of a lock, of a token or of a key', () => {
    const lock = TestBed.inject(LOCK);
    const rows = TestBed.inject(ROWS);
    const ofLock = inContext(() => injectLockState(lock));
    const ofToken = inContext(() => injectLockState(LOCK));
    const ofRow = inContext(() => injectLockState(rows.for(1)));
    expect([ofLock(), ofToken(), ofRow()]).toEqual([lock.state, lock.state, lock.state]);
    const lease = lock.writer.tryAcquire();
    rows.for(1).reader.tryAcquire();
    rows.for(2).reader.tryAcquire();
    expect([ofLock().held.write, ofToken().held.write, ofRow().held.read]).toEqual([1, 1, 1]);
    lease?.release();
    expect([ofLock(), ofToken()]).toEqual([lock.state, lock.state]);
  });

  it('M2: a key may come from a signal', () => {
    const rows = TestBed.inject(ROWS);
    const id = signal(1);
    const isSaving = inContext(() =>
      injectLockState(() => rows.for(id()), { select: ({ held }) => held.write > 0 }),
    );
    rows.for(2).writer.tryAcquire();
    expect(isSaving()).toBe(false);
    id.set(2);
    expect(isSaving()).toBe(true);
    id.set(1);
    expect(isSaving()).toBe(false);
    rows.for(1).writer.tryAcquire();
    expect(isSaving()).toBe(true);
    // The states of key 2 are not observed any more.
    expect(rows.all.core.observing).toBe(1);
  });

  it('M2: 2,000 changes in a turn cause one rerun, and none if the selected part is the same', () => {
    const lock = TestBed.inject(LOCK);
    let whole = 0;
    let part = 0;
    inContext(() => {
      const state = injectLockState(lock);
      const isBusy = injectLockState(lock, { select: ({ held }) => held.write > 0 });
      effect(() => {
        state();
        whole++;
      });
      effect(() => {
        isBusy();
        part++;
      });
    });
    TestBed.tick();
    for (let i = 0; i < 1000; i++) lock.writer.tryAcquire()?.release();
    TestBed.tick();
    expect([whole, part]).toEqual([2, 1]);
    lock.writer.tryAcquire();
    TestBed.tick();
    expect([whole, part]).toEqual([3, 2]);
  });

  it.each<[string, (lock: ReadWriteLock) => void]>([
    ['failed', (lock) => lock.error(new Error('gone'))],
    ['been closed', (lock) => lock.complete()],
  ])('M2: it does not throw when the lock has %s', (_, end) => {
    const lock = TestBed.inject(LOCK);
    const before = inContext(() => injectLockState(lock));
    const after = inContext(() => injectLockState(lock));
    expect(before().closed).toBe(false);
    lock.writer.acquire().subscribe({ error: () => undefined });
    end(lock);
    expect(before()).toEqual(lock.state);
    expect(before().closed).toBe(true);
    expect(after()).toEqual(lock.state);
  });

  it('M2: it ends with its component, and can be read afterwards', () => {
    class Save {
      readonly state = injectLockState(LOCK);
    }
    component(Save, '{{ state().version }}');
    const lock = TestBed.inject(LOCK);
    const fixture = TestBed.createComponent(Save);
    fixture.detectChanges();
    const { state } = fixture.componentInstance;
    expect(lock.core.observing).toBe(1);
    fixture.destroy();
    expect(lock.core.observing).toBe(0);
    expect(state().version).toBe(0);
    expect(lock.core.observing).toBe(0);
  });

  it('M2: it may change inside a computed signal and inside the template that shows it', async () => {
    const errors: unknown[] = [];
    const handleError = (error: unknown) => errors.push(error);
    TestBed.configureTestingModule({
      providers: [{ provide: ErrorHandler, useValue: { handleError } }],
    });
    const done = new Subject<string>();
    class Page {
      readonly lock = inject(LOCK);
      readonly state = injectLockState(LOCK);
      readonly text = done.pipe(withReadLock(this.lock));
    }
    component(Page, '{{ state().held.read }} {{ text | async }} {{ state().version }}', {
      imports: [AsyncPipe],
    });
    const fixture = TestBed.createComponent(Page);
    await fixture.whenStable();
    const text = () => (fixture.nativeElement as HTMLElement).textContent;
    expect(text()).toBe('1  0');
    done.next('done');
    done.complete();
    await fixture.whenStable();
    expect(text()).toBe('0 done 0');

    const { lock, state } = fixture.componentInstance;
    const acquired = computed(() => lock.writer.tryAcquire() !== undefined);
    expect([acquired(), state().held.write]).toEqual([true, 1]);
    expect(errors).toEqual([]);
  });

  it('M2: outside of an injection context it needs an injector', () => {
    expect(() => injectLockState(new ReadWriteLock())).toThrow('NG0203');
    const injector = TestBed.inject(Injector);
    expect(injectLockState(LOCK, { injector })()).toEqual(TestBed.inject(LOCK).state);
  });

  it.each([undefined, null, {}, 'lock'])('M2: %p is not a lock, and throws', (lock) => {
    expect(() => inContext(() => injectLockState(lock as never))).toThrow(
      'injectLockState expects a lock, its token',
    );
  });
});
