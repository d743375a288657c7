import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Checks } from './checks';
import { Metrics } from './metrics';

export interface ApiSettings {
  readonly version: string;
  readonly colour?: string;
  /** Health as @nestjs/terminus reports it. */
  readonly terminus: boolean;
  /** Health answers 200 whatever it says of the checks. */
  readonly lenient: boolean;
  readonly metrics: boolean;
}

interface Answer {
  readonly status: number;
  readonly body: object | string;
}

/** What manifests, probes, gate and people ask the API for, and its end without a lost request. */
export class Api {
  private readonly server: Server;
  private readonly metrics: Metrics;
  private closing = false;

  private readonly routes: {
    readonly [path: string]: (query: URLSearchParams) => Promise<Answer>;
  } = {
    '/api/v1/health': () => this.health(),
    '/api/v1/version': async () => ({
      status: 200,
      body: { version: this.settings.version, colour: this.settings.colour },
    }),
    '/api/v1/slow': async (query) => {
      await sleep(Math.min(Number(query.get('milliseconds') ?? 0), 60_000));
      return { status: 200, body: { slept: query.get('milliseconds') } };
    },
  };

  constructor(
    private readonly checks: Checks,
    private readonly settings: ApiSettings,
  ) {
    if (settings.metrics)
      this.routes = {
        ...this.routes,
        '/api/v1/metrics': async () => ({ status: 200, body: this.metrics.text() }),
      };
    this.metrics = new Metrics(Object.keys(this.routes));
    this.server = createServer((request, response) => void this.answer(request, response));
    // Longer than the 60 s for which nginx keeps a connection, so that it never uses one that has just been closed.
    this.server.keepAliveTimeout = 75_000;
    this.server.headersTimeout = 76_000;
  }

  /** Does nothing once it has been told to end, which may be before it began. */
  async listen(port: number, host?: string): Promise<void> {
    if (this.closing) return;
    await new Promise<void>((resolve, reject) =>
      this.server.once('error', reject).listen({ port, host }, resolve),
    );
  }

  /**
   * Serves on for `drain` milliseconds, with "Connection: close", so that clients leave the connections that they keep: one
   * that is closed while a request is on its way loses it. Then takes nothing more, and ends when everything that was
   * begun has been answered.
   */
  async close(drain: number): Promise<void> {
    this.closing = true;
    if (!this.server.listening) return;
    await sleep(drain);
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = performance.now();
    const [path = '', query] = request.url!.split('?', 2);
    const route = this.routes[path];
    const { status, body } = route
      ? await route(new URLSearchParams(query))
      : { status: 404, body: { message: `nothing is at ${path}` } };
    response.setHeader('x-seda-version', this.settings.version);
    if (this.settings.colour !== undefined)
      response.setHeader('x-seda-colour', this.settings.colour);
    if (this.closing) response.setHeader('connection', 'close');
    const text = typeof body === 'string';
    response.writeHead(status, {
      'content-type': text ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json',
    });
    response.end(text ? body : JSON.stringify(body));
    this.metrics.observe(
      { method: request.method!, route: route ? path : 'unknown', status_code: String(status) },
      (performance.now() - start) / 1000,
    );
  }

  private async health(): Promise<Answer> {
    const checks = await this.checks.run();
    const good = !this.closing && Object.values(checks).every(Boolean);
    const status = good || this.settings.lenient ? 200 : 503;
    if (!this.settings.terminus) return { status, body: { status: good ? 'ok' : 'error', checks } };
    const details = Object.fromEntries(
      Object.entries(checks).map(([name, up]) => [name, { status: up ? 'up' : 'down' }]),
    );
    const only = (up: boolean) =>
      Object.fromEntries(Object.entries(details).filter(([name]) => checks[name] === up));
    return {
      status,
      body: { status: good ? 'ok' : 'error', info: only(true), error: only(false), details },
    };
  }
}
