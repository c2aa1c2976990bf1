/*
 * The lock, its queue and its clients, written from the promises A1 to D9 (see README.md).
 *
 * Each step of a client is one transition: what it does, and whom that lets in. That is what the
 * lock promises (A2, B2: in the same frame), so there is no state in between to be seen.
 */

#ifndef CLIENTS
#define CLIENTS 3
#endif

#define FIFO 0
#define PHASE_FAIR 1
#define WRITERS_FIRST 2
#define READERS_FIRST 3
#ifndef POLICY
#define POLICY FIFO
#endif
/* The policy whose bound is checked: that of another one must be found broken. */
#ifndef BOUND
#define BOUND POLICY
#endif

#define NONE 0
#define READ 1
#define UPGRADABLE 2
#define WRITE 3

/* A client asks the lock for its outer lease, and through that one for its inner lease. */
byte outer[CLIENTS];
byte inner[CLIENTS];

/* Who waits for an outer lease, in the order of asking, and for which mode each of them asks. */
byte queue[CLIENTS];
byte length;
byte asks[CLIENTS];

/* Whether a client waits to write beside the lease that it has. */
bool upgrades[CLIENTS];

/* phaseFair: whether a reader waited already when the last write ended. */
bool early[CLIENTS];

/*
 * Whether a client will wait until it is let in. Without this nothing could be said of those that
 * don't give up: weak fairness makes a client do, in the end, what it could do all the time.
 */
bool patient[CLIENTS];

#ifdef FINITE_HOLDS
/* Whether a client has asked through its lease: once in each hold, or a hold might never end. */
bool nested[CLIENTS];
#define hasNested(c) nested[c]
#define noteNested(c, has) nested[c] = has
#else
#define hasNested(c) false
#define noteNested(c, has) skip
#endif

/* Only to be checked: whether somebody else wrote since a client got its upgradable lease. */
bool overwritten[CLIENTS];
/* Only to be checked: how many writers passed a reader that waits. */
byte passed[CLIENTS];

/* Of no use from one step to the next, so no part of the state. */
hidden byte i, place, entering, before;
hidden byte admitted, holders, writers, upgradables, upgraders;

/* ---- The rule (A3, A4, D3, D4, D6) ---------------------------------------------------------- */

#define strongest(c) (outer[c] > inner[c] -> outer[c] : inner[c])

#ifdef FAULT_TWO_UPGRADABLES
#define besideUpgradable(asked) (asked != WRITE)
#else
#define besideUpgradable(asked) (asked == READ)
#endif

#ifdef FAULT_WRITER_BESIDE_READERS
#define besideReader(asked) true
#else
#define besideReader(asked) (asked != WRITE)
#endif

#define compatible(held, asked) \
  (held == NONE || (held == READ && besideReader(asked)) || \
    (held == UPGRADABLE && besideUpgradable(asked)))

/* Two readers that both wait to write would wait for each other for ever. */
#ifdef FAULT_READERS_UPGRADE
#define mayUpgrade(held) (held != NONE)
#else
#define mayUpgrade(held) (held > READ)
#endif

/* Of a reader and a writer at these places of the queue: whether the reader goes first. */
#if POLICY == PHASE_FAIR
#define readerGoesFirst(reader, writer) (early[queue[reader]] || reader < writer)
#elif POLICY == WRITERS_FIRST
#define readerGoesFirst(reader, writer) false
#elif POLICY == READERS_FIRST
#define readerGoesFirst(reader, writer) true
#else
#define readerGoesFirst(reader, writer) (reader < writer)
#endif

#define asked(at) asks[queue[at]]
#define writes(at) (asked(at) == WRITE)
#define goesFirst(a, b) \
  (writes(a) == writes(b) -> a < b : (writes(b) -> readerGoesFirst(a, b) : !readerGoesFirst(b, a)))

#ifdef FAULT_READERS_BARGE
#define keepsOut(a, b) (asked(b) != READ && !compatible(asked(a), asked(b)) && goesFirst(a, b))
#else
#define keepsOut(a, b) (!compatible(asked(a), asked(b)) && goesFirst(a, b))
#endif

#ifdef FAULT_UPGRADE_LETS_GO
#define upgradeKeepsOut(c, at) false
#elif defined FAULT_UPGRADE_LETS_READERS_IN
#define upgradeKeepsOut(c, at) (upgrades[c] && asked(at) != READ)
#else
#define upgradeKeepsOut(c, at) upgrades[c]
#endif

/* Whether the waiter at a place may enter; the answer is `admitted`. */
inline judge(at) {
  admitted = true;
  for (i : 0 .. CLIENTS - 1) {
    admitted = admitted && compatible(strongest(i), asked(at)) && !upgradeKeepsOut(i, at);
    admitted = admitted && (i >= length || i == at || !keepsOut(i, at))
  }
}

/* Whether an upgrade may enter, which waits for the other holders only. */
inline judgeUpgrade(c) {
  admitted = true;
  for (i : 0 .. CLIENTS - 1) {
    admitted = admitted && (i == c || strongest(i) == NONE)
  }
#ifdef FAULT_UPGRADE_IN_LINE
  admitted = admitted && length == 0
#endif
}

/* ---- Letting in ----------------------------------------------------------------------------- */

inline leaveQueue(at) {
  early[queue[at]] = false;
  passed[queue[at]] = 0;
  asked(at) = NONE;
  length--;
  for (i : at .. CLIENTS - 2) {
    queue[i] = queue[i + 1]
  }
  queue[CLIENTS - 1] = 0
}

/* What a policy promises to those whom the waiter at a place leaves behind (A4). */
inline checkBound(at) {
  for (i : 0 .. length - 1) {
#if BOUND == PHASE_FAIR
    passed[queue[i]] = passed[queue[i]] + (writes(at) && asked(i) == READ -> 1 : 0);
    assert(passed[queue[i]] <= 1)
#elif BOUND == WRITERS_FIRST
    assert(writes(at) || !writes(i))
#elif BOUND == READERS_FIRST
    assert(!writes(at) || writes(i))
#else
    assert(i >= at || compatible(asked(i), asked(at)))
#endif
  }
}

inline noteWrite(c) {
  for (i : 0 .. CLIENTS - 1) {
    overwritten[i] = overwritten[i] || (i != c && (upgrades[i] || strongest(i) == UPGRADABLE))
  }
}

inline enter(at) {
  checkBound(at);
  entering = queue[at];
  outer[entering] = asks[entering];
  patient[entering] = false;
  leaveQueue(at);
  if
  :: outer[entering] == WRITE -> noteWrite(entering)
  :: else
  fi
}

inline letInWaiters() {
  place = 0;
  do
  :: place == length -> break
  :: else ->
    judge(place);
    if
    :: admitted -> enter(place); place = 0
    :: else -> place++
    fi
  od
}

inline letInUpgrade() {
  for (place : 0 .. CLIENTS - 1) {
    judgeUpgrade(place);
    if
    :: upgrades[place] && admitted ->
      assert(!overwritten[place]);
      inner[place] = WRITE;
      upgrades[place] = false;
      patient[place] = false;
      noteWrite(place)
    :: else
    fi
  }
}

inline letIn() {
#ifdef FAULT_UPGRADE_LETS_GO
  letInWaiters();
  letInUpgrade()
#else
  letInUpgrade();
  letInWaiters()
#endif
}

/* ---- What must hold after each step --------------------------------------------------------- */

/* By counts, and not by the table that the rule goes by. */
inline checkExclusion() {
  holders = 0;
  writers = 0;
  upgradables = 0;
  upgraders = 0;
  for (i : 0 .. CLIENTS - 1) {
    holders = holders + (strongest(i) != NONE -> 1 : 0);
    writers = writers + (strongest(i) == WRITE -> 1 : 0);
    upgradables = upgradables + (strongest(i) == UPGRADABLE -> 1 : 0);
    upgraders = upgraders + (upgrades[i] -> 1 : 0)
  }
  assert(writers == 0 || holders == 1);
  assert(upgradables <= 1);
  assert(upgraders <= 1)
}

inline checkNobodyWaitsInVain() {
  for (place : 0 .. CLIENTS - 1) {
    if
    :: place < length -> judge(place); assert(!admitted)
    :: else
    fi;
    if
    :: upgrades[place] -> judgeUpgrade(place); assert(!admitted)
    :: else
    fi
  }
}

inline check() {
  checkExclusion();
  checkNobodyWaitsInVain()
}

/* ---- What a client does --------------------------------------------------------------------- */

#define idle(c) (strongest(c) == NONE && !waits(c))
#define waits(c) (asks[c] != NONE || upgrades[c])
#define mayNest(c) (outer[c] != NONE && inner[c] == NONE && !upgrades[c] && !hasNested(c))

inline ask(c, wanted) {
  overwritten[c] = false;
  noteNested(c, false);
  asks[c] = wanted;
  queue[length] = c;
  length++;
  letIn()
}

inline giveUp(c) {
  place = 0;
  do
  :: queue[place] == c -> break
  :: else -> place++
  od;
  leaveQueue(place);
#ifndef FAULT_NO_WAKE_AFTER_CANCEL
  letIn()
#endif
}

inline giveUpUpgrade(c) {
  upgrades[c] = false;
#ifndef FAULT_NO_WAKE_AFTER_CANCELLED_UPGRADE
  letIn()
#endif
}

/* Through a lease: at once, past all who wait, but for the upgrade (D3). */
inline nest(c, wanted) {
  noteNested(c, true);
#ifdef FAULT_UPGRADE_LETS_GO
  outer[c] = (wanted == WRITE -> NONE : outer[c]);
#endif
  if
  :: wanted == WRITE -> upgrades[c] = true; letIn()
  :: else -> inner[c] = wanted
  fi
}

/* phaseFair goes by who waits as a write ends. */
inline noteEndOfWrite(c) {
  if
  :: POLICY == PHASE_FAIR && before == WRITE && strongest(c) != WRITE ->
    for (i : 0 .. CLIENTS - 1) {
      early[i] = early[i] || asks[i] == READ
    }
  :: else
  fi
}

/* Has a lease become weaker, or end (D4, D5): the holder's other lease may still be as strong. */
inline weaken(c, lease, weaker) {
  before = strongest(c);
#ifdef FAULT_DOWNGRADE_LETS_GO
  lease = NONE;
  letIn();
#endif
  lease = weaker;
  noteEndOfWrite(c);
#ifdef FAULT_NO_WAKE_AFTER_DOWNGRADE
  if
  :: weaker == NONE -> letIn()
  :: else
  fi
#else
  letIn()
#endif
}

/* ---- Traces: a line for each step, with who holds and who waits before it and after it -------- */

#ifdef TRACE
inline tellMode(mode) {
  if
  :: mode == READ -> printf("r")
  :: mode == UPGRADABLE -> printf("u")
  :: mode == WRITE -> printf("w")
  :: else -> printf("-")
  fi
}

inline tellHolder(c) {
  if
  :: strongest(c) != NONE ->
    printf(" %c=", 97 + c);
    tellMode(outer[c]);
    if
    :: inner[c] != NONE -> printf("+"); tellMode(inner[c])
    :: else
    fi
  :: else
  fi
}

inline tellWaiter(at) {
  printf(" %c?", 97 + queue[at]);
  tellMode(asked(at))
}

inline tellState() {
  for (place : 0 .. CLIENTS - 1) {
    tellHolder(place)
  }
  printf(" |");
  for (place : 0 .. CLIENTS - 1) {
    if
    :: upgrades[place] -> printf(" %c?+w", 97 + place)
    :: else
    fi
  }
  for (place : 0 .. CLIENTS - 1) {
    if
    :: place < length -> tellWaiter(place)
    :: else
    fi
  }
}

#define tellBefore() tellState()
#define tellAfter(what) printf(" > %c ", 97 + me); printf(what); printf(" >"); tellState(); printf("\n")
#else
#define tellBefore() skip
#define tellAfter(what) skip
#endif

/* ---- The clients ---------------------------------------------------------------------------- */

#define step(what, may, does) \
  d_step { !patient[me] && may -> tellBefore(); does; check(); tellAfter(what) }

/* Whatever a client may do, at any time and in any order; it ends when it wants nothing more. */
proctype Client(byte me) {
  do
#ifndef TRACE
  /* Of no concern to the lock, so in no trace. */
  :: idle(me) -> break
  :: d_step { waits(me) && !patient[me] -> patient[me] = true }
#endif

  :: step("asks r", idle(me), ask(me, READ))
  :: step("asks u", idle(me), ask(me, UPGRADABLE))
  :: step("asks w", idle(me), ask(me, WRITE))

  :: step("gives up", asks[me] != NONE, giveUp(me))
  :: step("gives up +w", upgrades[me], giveUpUpgrade(me))

  :: step("nests r", mayNest(me), nest(me, READ))
  :: step("nests u", mayNest(me) && outer[me] > READ, nest(me, UPGRADABLE))
  :: step("nests w", mayNest(me) && mayUpgrade(outer[me]), nest(me, WRITE))

  :: step("downgrades to u", outer[me] == WRITE, weaken(me, outer[me], UPGRADABLE))
  :: step("downgrades to r", outer[me] > READ, weaken(me, outer[me], READ))
  :: step("lets go", outer[me] != NONE, weaken(me, outer[me], NONE))
  :: step("lets go +", inner[me] != NONE, weaken(me, inner[me], NONE))
  od
}

init {
  atomic {
    for (i : 0 .. CLIENTS - 1) {
      run Client(i)
    }
  }
  _nr_pr == 1;
  /* Once nobody wants anything more, nobody holds and nobody waits. */
  assert(length == 0);
  for (i : 0 .. CLIENTS - 1) {
    assert(idle(i))
  }
}

#ifndef TRACE
/* Who will wait is let in. It is checked of one client, as all are alike. */
ltl served { [] (patient[0] -> <> !patient[0]) }
ltl readersServed {
  [] ((patient[0] && (asks[0] == READ || asks[0] == UPGRADABLE)) -> <> !patient[0])
}
ltl writersServed { [] ((patient[0] && asks[0] == WRITE) -> <> !patient[0]) }
ltl upgradesServed { [] ((patient[0] && upgrades[0]) -> <> !patient[0]) }
#endif
