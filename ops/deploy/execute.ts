import { calledOf, identityOf } from '../../lib/kubernetes/identity';
import { apply } from '../cluster/apply';
import { readNamed, type Step } from '../cluster/live';
import { takeOver } from '../cluster/takeover';
import { resourceOf } from '../cluster/kinds';
import type { Kubectl } from '../cluster/kubectl';
import { kubectlCommand } from '../cluster/kubectl-command';
import type { Manifest } from '../../lib/manifests';
import { isPruned, type Rendering } from '../rendering/rendering';
import type { ObjectState, Reporter } from './events';
import { troubleWith } from './failure';
import type { Lease } from './lease';
import { wavePlan, type WaveStep } from './plan';
import { readiness } from './readiness';

/** A deploy that stopped, with what a person needs to mend it. */
export class DeployFailure extends Error {
  constructor(
    message: string,
    /** The failing pod and its last lines. */
    readonly details: readonly string[],
  ) {
    super(message);
  }
}

export interface ExecuteOptions {
  /** Seconds that one wave may take. */
  readonly timeoutSeconds: number;
}

/** What an apply would change, by identity. */
interface Changes {
  readonly objects: ReadonlySet<string>;
  readonly specs: ReadonlySet<string>;
}

const POLL_MILLISECONDS = 1000;

/** Does what Argo CD does: applies a wave, waits until it is healthy, goes on, and stops at the first failure. */
export class Execution {
  constructor(
    private readonly kubectl: Kubectl,
    private readonly lease: Lease,
    private readonly reporter: Reporter,
    private readonly options: ExecuteOptions,
  ) {}

  /** @throws DeployFailure when an object does not become healthy */
  async run(objects: readonly Manifest[], step: Step): Promise<void> {
    const live = new Map(step.live.map((object) => [identityOf(object), object]));
    const changes = {
      objects: changedObjects(step.before, step.after),
      specs: changedObjects(step.before, step.after, ({ spec }) => spec),
    };
    const applicable = objects.filter((object) => !step.refused.has(identityOf(object)));
    for (const wave of wavePlan(applicable)) {
      const taken = wave.objects.filter((object) => step.takenOver.has(identityOf(object)));
      for (const object of taken) {
        await this.lease.keep();
        await takeOver(this.kubectl, object, { beforeRetry: () => this.lease.keep() });
      }
      await this.wave(wave, live, changes);
    }
  }

  /** Deletes what a rendering left behind under a name of its own; with `all`, everything that it no longer holds but data. */
  async prune(
    objects: readonly Manifest[],
    live: readonly Manifest[],
    all: boolean,
  ): Promise<void> {
    const kept = new Set(objects.map(identityOf));
    const superseded = live.filter(
      (object) =>
        !kept.has(identityOf(object)) &&
        isPruned({ kind: object.kind, name: object.metadata.name }, all),
    );
    for (const object of superseded) {
      await this.lease.keep();
      await this.kubectl.run(
        `cannot delete ${calledOf(object)}`,
        ['delete', resourceOf(object), object.metadata.name, '--ignore-not-found', '--wait=false'],
        { beforeRetry: () => this.lease.keep() },
      );
      this.reporter.report({ type: 'pruned', object: calledOf(object) });
    }
  }

  private async wave(
    step: WaveStep,
    live: ReadonlyMap<string, Manifest>,
    changes: Changes,
  ): Promise<void> {
    const { wave, objects } = step;
    await this.lease.keep();
    this.reporter.report({ type: 'wave', wave, objects: objects.length });
    const isNew = (object: Manifest) => changes.objects.has(identityOf(object));
    const toApply = objects.filter(isNew);
    const applied =
      toApply.length > 0
        ? await apply(this.kubectl, `wave ${wave}`, toApply, {
            beforeRetry: () => this.lease.keep(),
          })
        : [];
    for (const object of toApply) this.say(wave, object, 'applied', '');

    // The colour that traffic leaves may be the broken one, and nothing but its wave is new: the last wave waits for
    // Deployments whose spec this run has changed. The gate of a staged colour is asked each time, so that it does not
    // pass by being deployed again.
    const waited = step.last
      ? objects.filter(
          (object) =>
            object.kind === 'Job' ||
            (object.kind === 'Deployment' && changes.specs.has(identityOf(object))),
        )
      : objects;
    const known = new Map([
      ...live,
      ...applied.map((object) => [identityOf(object), object] as const),
    ]);
    const settled = waited.filter((object) => {
      const found = known.get(identityOf(object));
      return found !== undefined && readiness(found).state === 'healthy';
    });
    for (const object of settled)
      this.say(wave, object, isNew(object) ? 'healthy' : 'unchanged', '');
    await this.wait(
      step,
      waited.filter((object) => !settled.includes(object)),
    );
  }

  private async wait({ wave, last }: WaveStep, objects: readonly Manifest[]): Promise<void> {
    const { clock } = this.kubectl.io;
    const until = clock.now() + this.options.timeoutSeconds * 1000;
    let open = [...objects];
    while (open.length > 0) {
      await this.lease.keep();
      const found = new Map(
        (await readNamed(this.kubectl, open)).map((object) => [identityOf(object), object]),
      );
      for (const object of open) {
        const current = found.get(identityOf(object));
        const { state, message } = current
          ? readiness(current)
          : { state: 'progressing' as const, message: 'is gone' };
        this.say(wave, object, state, message);
        if (state === 'degraded') throw await this.failure(wave, last, object, message);
        if (state === 'progressing' && clock.now() > until)
          throw await this.failure(
            wave,
            last,
            object,
            `${message}, after ${this.options.timeoutSeconds} s`,
          );
        if (state === 'healthy') open = open.filter((one) => one !== object);
      }
      if (open.length > 0) await clock.sleep(POLL_MILLISECONDS);
    }
  }

  private async failure(
    wave: number,
    last: boolean,
    object: Manifest,
    message: string,
  ): Promise<DeployFailure> {
    const details = await troubleWith(this.kubectl, object).catch(({ message: why }: Error) => [
      why,
    ]);
    const again =
      object.kind === 'Job'
        ? [
            `to run it again: ${kubectlCommand(this.kubectl, `delete job ${object.metadata.name}`)}, then deploy`,
          ]
        : [];
    const where = last ? 'the traffic is where dist/ says' : 'later waves were not applied';
    return new DeployFailure(`wave ${wave}: ${calledOf(object)}: ${message}; ${where}`, [
      ...details,
      ...again,
    ]);
  }

  private say(wave: number, object: Manifest, state: ObjectState, message: string): void {
    this.reporter.report({ type: 'object', wave, object: calledOf(object), state, message });
  }
}

/** Identities of the objects that an apply would make or change, in any part of them. */
function changedObjects(
  before: Rendering,
  after: Rendering,
  part: (object: Manifest) => unknown = (object) => object,
): Set<string> {
  const old = new Map(
    before.objects.map((object) => [identityOf(object), JSON.stringify(part(object))]),
  );
  return new Set(
    after.objects
      .filter((object) => old.get(identityOf(object)) !== JSON.stringify(part(object)))
      .map(identityOf),
  );
}
