import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';

/** A server that npm takes for its registry. */
export interface NpmRegistry {
  readonly url: string;
  stop(): void;
}

/**
 * Serves packages from folders of this machine, so that npm installs as it always does, with its own
 * resolver, unpacking and links, and nothing but the network is replaced.
 *
 * @param folderOf where a package lies; a folder that does not exist is a package that does not exist
 */
export async function startNpmRegistry(folderOf: (name: string) => string): Promise<NpmRegistry> {
  const server = createServer((request, response) => {
    const [, archive, name = ''] =
      /^\/(archives\/)?(.+)$/.exec(decodeURIComponent(request.url ?? '')) ?? [];
    const source = folderOf(name);
    if (!fs.existsSync(source)) {
      response.writeHead(404).end('{}');
    } else if (archive) {
      spawn('tar', ['-C', path.dirname(source), '-cf', '-', path.basename(source)]).stdout.pipe(
        response,
      );
    } else {
      const about = JSON.parse(fs.readFileSync(path.join(source, 'package.json'), 'utf8'));
      const version = {
        ...about,
        bundleDependencies: about.bundleDependencies ?? about.bundledDependencies,
        dist: { tarball: `http://${request.headers.host}/archives/${name}` },
      };
      response.end(
        JSON.stringify({
          name,
          'dist-tags': { latest: about.version },
          versions: { [about.version]: version },
        }),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
