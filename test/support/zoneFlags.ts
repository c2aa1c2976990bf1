// Read by zone.js when it is loaded. Jest shares this class with the tests of other files that the
// same worker runs, so it must not be patched; timers and promises are those of one file.
Object.assign(globalThis, { __Zone_disable_EventTarget: true });
