/*
 * The lock, its queue and its clients, written from the promises A1 to D9 (see README.md).
 *
 * A step of a client and the grants that follow from it are one transition. The lock promises that
 * (A2, B2: in the same frame), so no client can see a state in between.
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
/* The policy whose bound is checked. The bound of another policy must be found broken. */
#ifndef BOUND
#define BOUND POLICY
#endif

#define NONE 0
#define READ 1
#define UPGRADABLE 2
#define WRITE 3

/* The modes of the leases that a client holds: the outer one, and the one nested in it. */
byte outer[CLIENTS];
byte inner[CLIENTS];

/* The clients that wait for an outer lease, in the order of their requests; the modes requested. */
byte queue[CLIENTS];
byte length;
byte wants[CLIENTS];

/* Whether a client waits for an upgrade: a write lease nested in the lease that it holds. */
bool upgrades[CLIENTS];

/* phaseFair: whether a read was waiting already when the last write ended. */
bool early[CLIENTS];

/*
 * Whether a client has decided to wait until its request is granted. Without this, every waiting
 * client would cancel at some time, since under weak fairness a client takes any step that stays
 * possible. Then nothing could be said about requests that are not cancelled.
 */
bool patient[CLIENTS];

#ifdef FINITE_HOLDS
/* Whether a client has nested in its lease already. Without a limit, it might never release it. */
bool nested[CLIENTS];
#define hasNested(c) nested[c]
#define noteNested(c, has) nested[c] = has
#else
#define hasNested(c) false
#define noteNested(c, has) skip
#endif

/* For checks only: whether another client has written since this one got its upgradable lease. */
bool overwritten[CLIENTS];
/* For checks only: how many writes have been granted before a waiting read. */
byte passed[CLIENTS];

/* Used only within a step, so not part of the state. */
hidden byte i, place, granted, before;
hidden byte admitted, owners, writers, upgradables, upgraders;

/* ---- The rule (A3, A4, D3, D4, D6) ---------------------------------------------------------- */

#define strongest(c) (outer[c] > inner[c] -> outer[c] : inner[c])

#ifdef FAULT_TWO_UPGRADABLES
#define besideUpgradable(wanted) (wanted != WRITE)
#else
#define besideUpgradable(wanted) (wanted == READ)
#endif

#ifdef FAULT_WRITER_BESIDE_READERS
#define besideReader(wanted) true
#else
#define besideReader(wanted) (wanted != WRITE)
#endif

#define compatible(held, wanted) \
  (held == NONE || (held == READ && besideReader(wanted)) || \
    (held == UPGRADABLE && besideUpgradable(wanted)))

/* Two readers that both wait for an upgrade would wait for each other forever. */
#ifdef FAULT_READERS_UPGRADE
#define mayUpgrade(held) (held != NONE)
#else
#define mayUpgrade(held) (held > READ)
#endif

/* Whether the read at one place of the queue goes before the write at the other. */
#if POLICY == PHASE_FAIR
#define readerGoesFirst(reader, writer) (early[queue[reader]] || reader < writer)
#elif POLICY == WRITERS_FIRST
#define readerGoesFirst(reader, writer) false
#elif POLICY == READERS_FIRST
#define readerGoesFirst(reader, writer) true
#else
#define readerGoesFirst(reader, writer) (reader < writer)
#endif

#define wanted(at) wants[queue[at]]
#define writes(at) (wanted(at) == WRITE)
#define goesFirst(a, b) \
  (writes(a) == writes(b) -> a < b : (writes(b) -> readerGoesFirst(a, b) : !readerGoesFirst(b, a)))

#ifdef FAULT_READERS_BARGE
#define blocks(a, b) (wanted(b) != READ && !compatible(wanted(a), wanted(b)) && goesFirst(a, b))
#else
#define blocks(a, b) (!compatible(wanted(a), wanted(b)) && goesFirst(a, b))
#endif

#ifdef FAULT_UPGRADE_RELEASES
#define upgradeBlocks(c, at) false
#elif defined FAULT_READERS_PASS_UPGRADE
#define upgradeBlocks(c, at) (upgrades[c] && wanted(at) != READ)
#else
#define upgradeBlocks(c, at) upgrades[c]
#endif

/* Whether the request at a place of the queue is grantable; the answer is `admitted`. */
inline judge(at) {
  admitted = true;
  for (i : 0 .. CLIENTS - 1) {
    admitted = admitted && compatible(strongest(i), wanted(at)) && !upgradeBlocks(i, at);
    admitted = admitted && (i >= length || i == at || !blocks(i, at))
  }
}

/* Whether the upgrade of a client is grantable: it waits for the other owners only. */
inline judgeUpgrade(c) {
  admitted = true;
  for (i : 0 .. CLIENTS - 1) {
    admitted = admitted && (i == c || strongest(i) == NONE)
  }
#ifdef FAULT_UPGRADE_IN_LINE
  admitted = admitted && length == 0
#endif
}

/* ---- Granting ------------------------------------------------------------------------------- */

inline leaveQueue(at) {
  early[queue[at]] = false;
  passed[queue[at]] = 0;
  wanted(at) = NONE;
  length--;
  for (i : at .. CLIENTS - 2) {
    queue[i] = queue[i + 1]
  }
  queue[CLIENTS - 1] = 0
}

/* Checks the bound of the policy (A4) when the request at a place is granted before the others. */
inline checkBound(at) {
  for (i : 0 .. length - 1) {
#if BOUND == PHASE_FAIR
    passed[queue[i]] = passed[queue[i]] + (writes(at) && wanted(i) == READ -> 1 : 0);
    assert(passed[queue[i]] <= 1)
#elif BOUND == WRITERS_FIRST
    assert(writes(at) || !writes(i))
#elif BOUND == READERS_FIRST
    assert(!writes(at) || writes(i))
#else
    assert(i >= at || compatible(wanted(i), wanted(at)))
#endif
  }
}

inline noteWrite(c) {
  for (i : 0 .. CLIENTS - 1) {
    overwritten[i] = overwritten[i] || (i != c && (upgrades[i] || strongest(i) == UPGRADABLE))
  }
}

inline grant(at) {
  checkBound(at);
  granted = queue[at];
  outer[granted] = wants[granted];
  patient[granted] = false;
  leaveQueue(at);
  if
  :: outer[granted] == WRITE -> noteWrite(granted)
  :: else
  fi
}

inline grantQueue() {
  place = 0;
  do
  :: place == length -> break
  :: else ->
    judge(place);
    if
    :: admitted -> grant(place); place = 0
    :: else -> place++
    fi
  od
}

inline grantUpgrade() {
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

inline grantAll() {
#ifdef FAULT_UPGRADE_RELEASES
  grantQueue();
  grantUpgrade()
#else
  grantUpgrade();
  grantQueue()
#endif
}

/* ---- What must hold after each step --------------------------------------------------------- */

/* By counting, so that it doesn't rely on the table that the rule uses. */
inline checkExclusion() {
  owners = 0;
  writers = 0;
  upgradables = 0;
  upgraders = 0;
  for (i : 0 .. CLIENTS - 1) {
    owners = owners + (strongest(i) != NONE -> 1 : 0);
    writers = writers + (strongest(i) == WRITE -> 1 : 0);
    upgradables = upgradables + (strongest(i) == UPGRADABLE -> 1 : 0);
    upgraders = upgraders + (upgrades[i] -> 1 : 0)
  }
  assert(writers == 0 || owners == 1);
  assert(upgradables <= 1);
  assert(upgraders <= 1)
}

inline checkNoWaitInVain() {
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
  checkNoWaitInVain()
}

/* ---- What a client does --------------------------------------------------------------------- */

#define idle(c) (strongest(c) == NONE && !waits(c))
#define waits(c) (wants[c] != NONE || upgrades[c])
#define mayNest(c) (outer[c] != NONE && inner[c] == NONE && !upgrades[c] && !hasNested(c))

inline request(c, wanted) {
  overwritten[c] = false;
  noteNested(c, false);
  wants[c] = wanted;
  queue[length] = c;
  length++;
  grantAll()
}

inline cancel(c) {
  place = 0;
  do
  :: queue[place] == c -> break
  :: else -> place++
  od;
  leaveQueue(place);
#ifndef FAULT_NO_WAKE_AFTER_CANCEL
  grantAll()
#endif
}

inline cancelUpgrade(c) {
  upgrades[c] = false;
#ifndef FAULT_NO_WAKE_AFTER_CANCELLED_UPGRADE
  grantAll()
#endif
}

/* A nested request is granted at once, past every waiting request, unless it is an upgrade (D3). */
inline nest(c, wanted) {
  noteNested(c, true);
#ifdef FAULT_UPGRADE_RELEASES
  outer[c] = (wanted == WRITE -> NONE : outer[c]);
#endif
  if
  :: wanted == WRITE -> upgrades[c] = true; grantAll()
  :: else -> inner[c] = wanted
  fi
}

/* phaseFair depends on which reads wait when a write ends. */
inline noteEndOfWrite(c) {
  if
  :: POLICY == PHASE_FAIR && before == WRITE && strongest(c) != WRITE ->
    for (i : 0 .. CLIENTS - 1) {
      early[i] = early[i] || wants[i] == READ
    }
  :: else
  fi
}

/* Downgrades or releases a lease (D4, D5). The owner's other lease may still be as strong. */
inline weaken(c, lease, weaker) {
  before = strongest(c);
#ifdef FAULT_DOWNGRADE_RELEASES
  lease = NONE;
  grantAll();
#endif
  lease = weaker;
  noteEndOfWrite(c);
#ifdef FAULT_NO_WAKE_AFTER_DOWNGRADE
  if
  :: weaker == NONE -> grantAll()
  :: else
  fi
#else
  grantAll()
#endif
}

/* ---- Traces: a line for each step, with the state before it and after it -------------------- */

#ifdef TRACE
inline tellMode(mode) {
  if
  :: mode == READ -> printf("r")
  :: mode == UPGRADABLE -> printf("u")
  :: mode == WRITE -> printf("w")
  :: else -> printf("-")
  fi
}

inline tellOwner(c) {
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
  tellMode(wanted(at))
}

inline tellState() {
  for (place : 0 .. CLIENTS - 1) {
    tellOwner(place)
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

/* What a client may do, in any order; it stops when it wants nothing more. */
proctype Client(byte me) {
  do
#ifndef TRACE
  /* These steps don't concern the lock, so they are in no trace. */
  :: idle(me) -> break
  :: d_step { waits(me) && !patient[me] -> patient[me] = true }
#endif

  :: step("requests r", idle(me), request(me, READ))
  :: step("requests u", idle(me), request(me, UPGRADABLE))
  :: step("requests w", idle(me), request(me, WRITE))

  :: step("cancels", wants[me] != NONE, cancel(me))
  :: step("cancels +w", upgrades[me], cancelUpgrade(me))

  :: step("nests r", mayNest(me), nest(me, READ))
  :: step("nests u", mayNest(me) && outer[me] > READ, nest(me, UPGRADABLE))
  :: step("nests w", mayNest(me) && mayUpgrade(outer[me]), nest(me, WRITE))

  :: step("downgrades to u", outer[me] == WRITE, weaken(me, outer[me], UPGRADABLE))
  :: step("downgrades to r", outer[me] > READ, weaken(me, outer[me], READ))
  :: step("releases", outer[me] != NONE, weaken(me, outer[me], NONE))
  :: step("releases +", inner[me] != NONE, weaken(me, inner[me], NONE))
  od
}

init {
  atomic {
    for (i : 0 .. CLIENTS - 1) {
      run Client(i)
    }
  }
  _nr_pr == 1;
  /* When all clients have stopped, none of them holds or waits. */
  assert(length == 0);
  for (i : 0 .. CLIENTS - 1) {
    assert(idle(i))
  }
}

#ifndef TRACE
/* Every request that is not cancelled is granted. Checked for one client, since all are alike. */
ltl served { [] (patient[0] -> <> !patient[0]) }
ltl readersServed {
  [] ((patient[0] && (wants[0] == READ || wants[0] == UPGRADABLE)) -> <> !patient[0])
}
ltl writersServed { [] ((patient[0] && wants[0] == WRITE) -> <> !patient[0]) }
ltl upgradesServed { [] ((patient[0] && upgrades[0]) -> <> !patient[0]) }
#endif
