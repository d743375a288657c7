import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from './cluster';

const ENDPOINTS =
  '{.metadata.name}{range .endpoints[*]}{" "}{.conditions.ready}{","}{.targetRef.name}{end}{"\\n"}';

/** The colour that production's Service selects, whether it has pods or not. */
export async function servingColour({ run }: Pick<Cluster, 'run'>): Promise<string> {
  const path = '--output=jsonpath={.spec.selector.version}';
  return (await run(['--namespace=seda-prod', 'get', 'service', 'seda-api', path])).trim();
}

/** What the Service led to from one moment on. */
export interface Moment {
  readonly at: number;
  readonly blue: number;
  readonly green: number;
}

/** Records every change of the endpoints behind the Service that clients use. */
export class TrafficWatcher {
  readonly moments: Moment[] = [];
  private readonly slices = new Map<string, Omit<Moment, 'at'>>();
  private watch: ChildProcess | undefined;
  private stopped = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly namespace: string,
  ) {}

  /** Ends when the first state is known. A watch that breaks, as when the API server restarts, is begun again. */
  async start(): Promise<this> {
    this.begin();
    for (let tries = 0; this.moments.length === 0 && tries < 300; tries++) await sleep(100);
    return this;
  }

  private begin(): void {
    const args = [
      'get',
      'endpointslices',
      '--namespace',
      this.namespace,
      '--selector=kubernetes.io/service-name=seda-api',
      '--watch',
      `--output=jsonpath=${ENDPOINTS}`,
    ];
    this.watch = spawn(this.cluster.kubectl, args, {
      env: this.cluster.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let rest = '';
    this.watch.stdout!.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.see(line);
    });
    this.watch.on('close', () => {
      if (!this.stopped) setTimeout(() => this.begin(), 200);
    });
  }

  private see(line: string): void {
    const [slice = '', ...endpoints] = line.split(' ');
    const ready = endpoints.filter((endpoint) => endpoint.startsWith('true,'));
    const of = (colour: string) =>
      ready.filter((endpoint) => endpoint.includes(`seda-api-${colour}-`)).length;
    this.slices.set(slice, { blue: of('blue'), green: of('green') });
    const sum = (colour: 'blue' | 'green') =>
      [...this.slices.values()].reduce((total, counts) => total + counts[colour], 0);
    const moment = { at: performance.now(), blue: sum('blue'), green: sum('green') };
    const last = this.moments.at(-1);
    if (last?.blue !== moment.blue || last.green !== moment.green) this.moments.push(moment);
  }

  /** The fewest ready endpoints that there ever were. */
  get least(): number {
    return Math.min(...this.moments.map(({ blue, green }) => blue + green));
  }

  /** The longest time for which both colours were behind the Service. */
  get mixedMilliseconds(): number {
    const spans = this.moments.map(({ at, blue, green }, index) =>
      blue > 0 && green > 0 ? (this.moments[index + 1]?.at ?? performance.now()) - at : 0,
    );
    return Math.max(0, ...spans);
  }

  /** Seconds in which no endpoint was ready. */
  get emptySeconds(): number {
    const spans = this.moments.map(({ at, blue, green }, index) =>
      blue + green === 0 ? (this.moments[index + 1]?.at ?? performance.now()) - at : 0,
    );
    return spans.reduce((sum, span) => sum + span, 0) / 1000;
  }

  get colour(): 'blue' | 'green' | 'none' | 'both' {
    const { blue = 0, green = 0 } = this.moments.at(-1) ?? {};
    return blue > 0 && green > 0 ? 'both' : blue > 0 ? 'blue' : green > 0 ? 'green' : 'none';
  }

  /** Every change, for the message of a test that failed. */
  timeline(): string[] {
    return this.moments.map(
      ({ at, blue, green }) => `${(at / 1000).toFixed(2)} s: blue ${blue}, green ${green}`,
    );
  }

  summary(): string {
    return `${this.moments.length} changes, at least ${this.least} ready endpoints, both colours for ${this.mixedMilliseconds.toFixed(0)} ms`;
  }

  stop(): void {
    this.stopped = true;
    this.watch?.kill();
  }
}
