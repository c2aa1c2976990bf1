// A page that has nothing to do.
export {};
