import { calledOf, identityOf } from '../../lib/kubernetes/identity';
import { changesOf } from '../diff/changes';
import { refusalText } from '../check';
import {
  allowedText,
  type Exceptions,
  parseExceptions,
  unusedExceptions,
} from '../check/exceptions';
import { judge } from '../check/judge';
import { CLUSTER_RULES } from '../check/rules';
import { interruptible } from '../cluster/interrupt';
import { Kubectl, KubectlError, type KubectlIo } from '../cluster/kubectl';
import { apply } from '../cluster/apply';
import { firstStep, hasNamespace, readLive, readStep, type Step } from '../cluster/live';
import type { Io } from '../io';
import { projectRoot } from '../project';
import { Releases } from '../release';
import { loadEnvironment } from '../rendering/load';
import type { Manifest } from '../../lib/manifests';
import { isPruned, Rendering } from '../rendering/rendering';
import { UsageError } from '../usage-error';
import { confirmed } from './confirm';
import type { Reporter } from './events';
import { DeployFailure, Execution } from './execute';
import { Lease } from './lease';
import { isLast } from './plan';
import { missingKinds, repositoryFaults, unknownText } from './preflight';
import { reporterFor } from './reporter';

/** What another verb does before its deploy, with the records that it has read. */
export interface Prepare {
  readonly releases: Releases;
  /**
   * Changes the files, while the cluster is asked whether another run is alive.
   * @returns false when it was refused
   */
  run(): Promise<boolean>;
  /** Commits them, once nobody else deploys. */
  commit(): Promise<void>;
  /** Puts the files back as they were. */
  undo(): Promise<void>;
}

/** What a person may say to `seda deploy`. */
export interface DeployOptions {
  /** Context of the kubeconfig; the environment may name one. */
  readonly context?: string;
  /** Do not ask. */
  readonly yes?: boolean;
  /** Let the API server try everything, and change nothing. */
  readonly dryRun?: boolean;
  /** One JSON object a line. */
  readonly json?: boolean;
  /** Delete everything of the environment that is no longer rendered. */
  readonly prune?: boolean;
  /**
   * Rules of the check that are overruled, as `RULE=ENV`.
   * @default - none
   */
  readonly allow?: readonly string[];
  /** Seconds that one wave may take. */
  readonly timeout: number;
  /**
   * What brings `dist/` and the commit to where they shall be; the cluster is asked meanwhile.
   * @default - they are there, and `dist/` must be what the sources say
   */
  readonly prepare?: Prepare;
}

/**
 * Brings the cluster to what `dist/` says, wave by wave.
 *
 * @returns false when it was refused, not confirmed, or failed; the reason has been reported
 */
export async function deploy(io: Io, name: string, options: DeployOptions): Promise<boolean> {
  const root = projectRoot(io.cwd);
  const environment = (options.prepare?.releases ?? new Releases(root)).environment(name);
  const kubectl = kubectlFor(io, environment, options.context);
  const reporter = reporterFor(io, options.json ?? false);
  try {
    return await interruptible(io, kubectl, () =>
      new Deploy({ ...io, cwd: root }, name, kubectl, reporter, options).run(),
    );
  } catch (error) {
    const details = error instanceof DeployFailure ? error.details : [];
    reporter.report({ type: 'failed', message: `${name}: ${(error as Error).message}`, details });
    return false;
  } finally {
    reporter.end();
  }
}

/**
 * The client of an environment's cluster.
 *
 * @throws Error when no context is named: the current one is whatever somebody used last
 */
export function kubectlFor(
  io: KubectlIo,
  environment: { readonly name: string; readonly namespace: string; readonly context?: string },
  context = environment.context,
): Kubectl {
  if (context === undefined)
    throw new UsageError(
      `${environment.name}: no context is named, and the current one is never trusted; give --context NAME or set context in environments/${environment.name}.ts`,
    );
  return new Kubectl(context, environment.namespace, io);
}

class Deploy {
  private readonly root: string;
  private readonly start: number;
  private readonly exceptions: Exceptions;

  constructor(
    private readonly io: Io,
    private readonly name: string,
    private readonly kubectl: Kubectl,
    private readonly reporter: Reporter,
    private readonly options: DeployOptions,
  ) {
    this.root = io.cwd;
    this.start = io.clock.now();
    this.exceptions = parseExceptions(options.allow ?? [], [name]);
  }

  private get prune(): boolean {
    return this.options.prune ?? false;
  }

  async run(): Promise<boolean> {
    const { prepare, dryRun = false } = this.options;
    const lease = new Lease(this.kubectl, (message) =>
      this.reporter.report({ type: 'note', message }),
    );
    try {
      // Read under the Lease, so that no other run changes what the plan is made from.
      const exists = await this.prepared(dryRun ? hasNamespace(this.kubectl) : lease.acquire());
      if (exists === undefined) return false;
      const { objects } = loadEnvironment(this.root, this.name);
      const reads = { everything: this.prune, dispensable: isLast };
      const reading = exists
        ? readStep(this.kubectl, objects, { ...reads, patient: false })
        : Promise.resolve(firstStep(objects));
      // Where a kind is missing the reading fails, but names only the first. An API server that has just started fails as well.
      const kinds = () => missingKinds(this.kubectl, objects);
      const [faults, missing] = await Promise.all([
        repositoryFaults(this.io, objects, prepare !== undefined),
        exists ? reading.then(() => [], kinds) : kinds(),
      ]);
      if (faults.length + missing.length > 0) {
        this.kubectl.close();
        return this.refuse([
          ...faults,
          ...missing.map((one) => `${unknownText(one)}; install ${one.broughtBy}`),
        ]);
      }
      const planned = await reading.catch((error: unknown) => {
        if (error instanceof KubectlError && error.transient)
          return readStep(this.kubectl, objects, reads);
        throw error;
      });
      const ending = planned.live.some(
        ({ kind, metadata }) => kind === 'Namespace' && 'deletionTimestamp' in metadata,
      );
      if (ending)
        return this.refuse([
          `the namespace ${this.kubectl.namespace} is being deleted; wait until it is gone, then deploy again`,
        ]);
      if (!this.judged(planned)) return false;
      if (dryRun) return this.done('nothing was changed, this was a dry run');
      if (
        !this.options.yes &&
        !(await confirmed(
          this.io,
          `Deploy ${this.name} to the context ${this.kubectl.context}?`,
          this.options,
        ))
      )
        return this.refuse(['not confirmed']);
      if (!exists) {
        await apply(
          this.kubectl,
          'cannot make the namespace',
          objects.filter(({ kind }) => kind === 'Namespace'),
        );
        await lease.acquire();
      }
      return await this.execute(objects, planned, lease);
    } finally {
      await lease.release();
    }
  }

  /**
   * Waits for the Lease and for what comes before the deploy. Either may fail, and then the files are as they were.
   *
   * @returns whether there is a namespace; nothing when what comes before the deploy was refused
   */
  private async prepared(asked: Promise<boolean>): Promise<boolean | undefined> {
    const { prepare } = this.options;
    if (!prepare) return asked;
    // Both to their end: a Lease that is acquired after its release would stay.
    const [exists, changed] = await Promise.allSettled([asked, prepare.run()]);
    try {
      if (exists.status === 'rejected') throw exists.reason;
      if (changed.status === 'rejected') throw changed.reason;
      if (!changed.value) return undefined;
      await prepare.commit();
      return exists.value;
    } catch (error) {
      await prepare.undo();
      throw error;
    }
  }

  private async execute(
    objects: readonly Manifest[],
    planned: Step,
    lease: Lease,
  ): Promise<boolean> {
    const execution = new Execution(this.kubectl, lease, this.reporter, {
      timeoutSeconds: this.options.timeout,
    });
    await execution.run(objects, planned);
    await execution.prune(
      objects,
      await readLive(this.kubectl, objects, { everything: this.prune }),
      this.prune,
    );
    if (planned.refused.size > 0)
      throw new DeployFailure(
        'the traffic is where dist/ says, and the API server refuses some of what is left',
        [...planned.refused.values()].map(({ message }) => message),
      );
    return this.done(`${this.name} is as dist/${this.name} says`);
  }

  /** Says what the step does, and refuses what is unsafe. What git may hold was judged before the merge. */
  private judged({ before, after, takenOver, refused }: Step): boolean {
    const first = before.ofKind('Deployment').length === 0;
    // What is put back after a manual change is no step from one release to another, which was judged before the merge.
    const asReleased = (object: Manifest) =>
      takenOver.has(identityOf(object)) ? (after.sameAs(object) ?? object) : object;
    const base = first ? new Rendering([]) : new Rendering(before.objects.map(asReleased));
    const allow = this.exceptions.get(this.name) ?? [];
    const verdict = judge(this.name, base, after, { allow, rules: CLUSTER_RULES });
    const { sentences, refusals, allowed } = verdict;
    // Not refused: a deploy that was interrupted is given again as it was, and may be past what it was allowed.
    const notes = [
      ...after.objects
        .filter((object) => takenOver.has(identityOf(object)))
        .map(
          (object) =>
            `${calledOf(object)}: somebody has changed it by hand so that it can only be put back whole, which is done`,
        ),
      ...[...refused.values()].map(({ message }) => `left for the end: ${message}`),
      ...allowed.map(allowedText),
      ...unusedExceptions(verdict, allow).map(
        (rule) => `--allow ${rule}=${this.name} is not needed for what is left to do`,
      ),
    ];
    for (const message of notes) this.reporter.report({ type: 'note', message });
    this.reporter.report({
      type: 'plan',
      environment: this.name,
      context: this.kubectl.context,
      sentences,
      changes: changesOf(this.name, before, after).filter(
        (change) => change.change !== 'removed' || isPruned(change, this.prune),
      ),
    });
    return refusals.length === 0 || this.refuse(refusals.map(refusalText));
  }

  private refuse(reasons: readonly string[]): false {
    this.reporter.report({
      type: 'failed',
      message: `${this.name}: refused, nothing was changed`,
      details: reasons,
    });
    return false;
  }

  private done(message: string): true {
    this.reporter.report({
      type: 'done',
      seconds: Math.round((this.io.clock.now() - this.start) / 100) / 10,
      message,
    });
    return true;
  }
}
