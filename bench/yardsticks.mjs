// RxJS itself in the shape of a peer, to be measured beside the peers.
export const YARDSTICKS = {
  'through map(identity)': {
    async make() {
      const { NEVER, identity, map, of } = await import('rxjs');
      const one = of(1).pipe(map(identity));
      const never = NEVER.pipe(map(identity));
      return {
        run: (_, work) => work(),
        pair: () => void one.subscribe(),
        request: () => never.subscribe(),
        cancellable: () => never.subscribe(),
      };
    },
  },
};
