import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from '../node';
import type { Project } from '../project';
import { servingColour } from '../traffic';
import type { Load, Report } from './load';
import { type LoadOptions, type Run, underLoad } from './under-load';

/** Runs until one is not void. */
const RUNS = 3;

/** dist/production on a node, and what people do with it. */
export class Production {
  constructor(
    readonly node: Node,
    readonly project: Project,
  ) {}

  kubectl(...args: string[]): Promise<string> {
    return this.node.run(['--namespace=seda-prod', ...args]);
  }

  /** The colour that the Service leads to. */
  active(): Promise<string> {
    return servingColour(this.node);
  }

  /** Leads the Service to a colour by hand, without any of the steps around it. */
  point(version: string): Promise<string> {
    const patch = JSON.stringify({ spec: { selector: { version } } });
    return this.kubectl('patch', 'service', 'seda-api', `--patch=${patch}`);
  }

  /** @throws Error with all that it said, where it did not succeed */
  async deploy(): Promise<void> {
    const { code, output } = await this.project.deploy('production');
    if (code !== 0) throw new Error(output);
  }

  /**
   * Stages a release, promotes it, goes back and promotes it again, and retires the other colour.
   *
   * @throws Error where a deploy does not succeed, or the traffic is not where it should be
   */
  async cycle(tag: string, load: Load): Promise<void> {
    const first = await this.active();
    load.event('stage');
    await this.project.stageInProduction(tag);
    await this.deploy();
    for (const verb of ['promote', 'rollback', 'promote --again']) {
      const from = await this.active();
      const [name = '', ...options] = verb.split(' ');
      await this.project.release(name, 'production', ...options);
      load.event(verb);
      await this.deploy();
      if ((await this.active()) !== other(from)) throw new Error(`${verb}: ${from} still serves`);
      await sleep(1000);
    }
    await this.project.release('retire', 'production');
    load.event('retire');
    await this.deploy();
    await this.gone(first);
  }

  /** Waits until the pods of a colour are gone. */
  gone(colour: string): Promise<void> {
    return until(`the pods of ${colour} are gone`, async () => {
      const pods = ['get', 'pods', `--selector=app=seda-api,version=${colour}`, '--output=name'];
      return (await this.kubectl(...pods)) === '';
    });
  }

  /** Does something under load, at the address of the Service that clients use. */
  underLoad(act: (load: Load) => Promise<void>, options: Partial<LoadOptions> = {}): Promise<Run> {
    return underLoad(this.node, act, { namespace: 'seda-prod', service: 'seda-api', ...options });
  }

  /**
   * The same, and what became of the requests. A run in which the machine was late is void: nothing is concluded from it, and
   * another is made, a few times.
   *
   * @throws Error where each run is void
   */
  async measured(
    act: (load: Load, attempt: number) => Promise<void>,
    options: Partial<LoadOptions> = {},
  ): Promise<Report> {
    const reasons: string[] = [];
    for (let attempt = 0; attempt < RUNS; attempt++) {
      const run = await this.underLoad((load) => act(load, attempt), options);
      const counts = Object.entries(run.report.streams).map(
        ([name, { sent, failed, latestMs }]) =>
          `${name}: ${sent} requests, ${failed} failed, the latest left ${latestMs.toFixed(0)} ms after its time`,
      );
      console.log([...counts, ...run.story, ...(run.void ? [`void: ${run.void}`] : [])].join('\n'));
      if (run.void === undefined) return run.report;
      reasons.push(run.void);
    }
    throw new Error(`every run is void, nothing is shown: ${reasons.join('; ')}`);
  }
}

/** Failures of each stream, by kind. */
export const failuresOf = ({ streams }: Report) =>
  Object.fromEntries(Object.entries(streams).map(([name, { kinds }]) => [name, kinds]));

export const other = (colour: string): string => (colour === 'blue' ? 'green' : 'blue');

/** Waits for what comes by itself. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 240; tries++) {
    if (await condition()) return;
    await sleep(500);
  }
  throw new Error(`${what}: not within two minutes`);
}
