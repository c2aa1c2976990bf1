import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';

/**
 * A site on a free port of this machine. At `/NAME` it has a page with nothing but a script, which is
 * bundled from a file; at `/NAME.js` it has the script alone, as a worker needs it.
 */
export class Site {
  /** As in `http://localhost:41234`. */
  readonly origin: string;
  /** Ends the server. */
  readonly close: () => void;

  private constructor(origin: string, close: () => void) {
    this.origin = origin;
    this.close = close;
  }

  /** Bundles the files, each under its name, and serves them. */
  static async open(files: Readonly<Record<string, string>>): Promise<Site> {
    const scripts = await bundled(files);
    const listener: RequestListener = ({ url = '/' }, response) => {
      const [, name = '', extension] = /^\/(\w+)(\.js)?$/.exec(url) ?? [];
      const script = scripts.get(name);
      if (script === undefined) response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
      else if (extension) response.setHeader('content-type', 'text/javascript').end(script);
      else response.setHeader('content-type', 'text/html').end(pageOf(name));
    };
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address() as AddressInfo;
    return new Site(`http://localhost:${port}`, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

async function bundled(files: Readonly<Record<string, string>>): Promise<Map<string, string>> {
  const names = Object.keys(files);
  const scripts = names.map(async (name) => {
    const { outputFiles } = await build({
      entryPoints: [files[name] ?? ''],
      bundle: true,
      format: 'esm',
      sourcemap: 'inline',
      write: false,
    });
    return [name, outputFiles[0]?.text ?? ''] as const;
  });
  return new Map(await Promise.all(scripts));
}

function pageOf(name: string): string {
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width" />
  <title>${name}</title>
  <body></body>
  <script type="module" src="/${name}.js"></script>
</html>
`;
}
