import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from '../node';
import type { Project } from '../project';
import type { Load } from './load';
import { type LoadOptions, type Run, underLoad } from './under-load';

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
  async active(): Promise<string> {
    const path = '--output=jsonpath={.spec.selector.version}';
    return (await this.kubectl('get', 'service', 'seda-api', path)).trim();
  }

  /** Leads the Service to a colour by hand, without any of the steps around it. */
  point(version: string): Promise<string> {
    const patch = JSON.stringify({ spec: { selector: { version } } });
    return this.kubectl('patch', 'service', 'seda-api', `--patch=${patch}`);
  }

  async stage(tag: string): Promise<void> {
    await this.project.stageInSandbox(tag);
    await this.project.release('stage', 'production', '--from', 'sandbox');
  }

  /** @throws Error with all that it said, where it did not succeed */
  async deploy(): Promise<void> {
    const { code, output } = await this.project.deploy('production');
    if (code !== 0) throw new Error(output);
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
}

export const other = (colour: string): string => (colour === 'blue' ? 'green' : 'blue');

/** Waits for what comes by itself. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 240; tries++) {
    if (await condition()) return;
    await sleep(500);
  }
  throw new Error(`${what}: not within two minutes`);
}
