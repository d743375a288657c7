import { join } from 'node:path';
import { buildModule } from '../cluster/build';
import type { Node } from '../node';
import { type Production, until } from './production';

const NAMESPACE = 'rollouts';
const WITHOUT_SECRETS = /secretKeyRef|configMapRef|secretRef/;

/** Argo Rollouts with one Rollout, on the node beside dist/production. */
export class Rollouts {
  readonly namespace = NAMESPACE;
  readonly service = 'api';

  private constructor(
    private readonly node: Node,
    private readonly production: Production,
  ) {}

  /**
   * Builds it and starts its controller.
   *
   * @throws ClusterUnavailable where it cannot be built
   */
  static async start(production: Production): Promise<Rollouts> {
    const { node } = production;
    const programs = await buildModule('rollouts');
    const crds = ['apply', '--server-side', `--kustomize=${join(programs, 'crds')}`];
    await node.run([...crds, '--output=name']);
    await node.run(['create', 'namespace', NAMESPACE]);
    node.begin('rollouts', join(programs, 'rollouts-controller'), [
      `--kubeconfig=${node.kubeconfig}`,
      '--leader-elect=false',
      `--namespace=${NAMESPACE}`,
      '--namespaced',
    ]);
    return new Rollouts(node, production);
  }

  /** Makes a Rollout whose pods are those of the API: as tutorials have them, or with all that ours have. */
  async create(tag: string, pods: 'plain' | 'ours'): Promise<void> {
    const { spec } = JSON.parse(
      await this.production.kubectl('get', 'deployment', 'seda-api-blue', '--output=json'),
    ) as { spec: { template: { spec: PodSpec } } };
    const [container] = spec.template.spec.containers;
    const { lifecycle, env, envFrom: _, startupProbe, livenessProbe, ...plain } = container!;
    const more =
      pods === 'plain'
        ? {}
        : {
            ...{ lifecycle, startupProbe, livenessProbe },
            env: env.filter((variable) => !WITHOUT_SECRETS.test(JSON.stringify(variable))),
          };
    const { terminationGracePeriodSeconds, volumes, securityContext } = spec.template.spec;
    const template = {
      metadata: { labels: { app: 'api' } },
      spec: {
        ...(pods === 'plain' ? {} : { terminationGracePeriodSeconds }),
        ...{ volumes, securityContext },
        containers: [{ ...plain, ...more, image: this.node.image(tag) }],
      },
    };
    await this.apply(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: this.service },
        spec: { selector: { app: 'api' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
      },
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        metadata: { name: 'api' },
        spec: {
          replicas: 3,
          selector: { matchLabels: { app: 'api' } },
          template,
          strategy: { blueGreen: { activeService: this.service } },
        },
      },
    );
    await this.done();
  }

  /** Brings another image into service, and waits until the pods before it are gone. */
  async release(tag: string): Promise<void> {
    const path = '/spec/template/spec/containers/0/image';
    const patch = JSON.stringify([{ op: 'replace', path, value: this.node.image(tag) }]);
    await this.kubectl('patch', 'rollout', 'api', '--type=json', `--patch=${patch}`);
    await this.done();
  }

  async remove(): Promise<void> {
    await this.kubectl('delete', 'rollout,service', '--all', '--wait');
    await until(
      'its pods are gone',
      async () => (await this.kubectl('get', 'pods', '-o', 'name')) === '',
    );
  }

  private kubectl(...args: string[]): Promise<string> {
    return this.node.run([`--namespace=${NAMESPACE}`, ...args]);
  }

  private async apply(...items: object[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items };
    await this.node.run(
      [`--namespace=${NAMESPACE}`, 'apply', '--filename=-'],
      JSON.stringify(list),
    );
  }

  private done(): Promise<void> {
    return until('the Rollout is healthy, and has three pods alone', async () => {
      const status = JSON.parse(await this.kubectl('get', 'rollout', 'api', '--output=json')) as {
        metadata: { generation: number };
        status?: RolloutStatus;
      };
      const { phase, observedGeneration, replicas } = status.status ?? {};
      return (
        phase === 'Healthy' &&
        String(observedGeneration) === String(status.metadata.generation) &&
        replicas === 3 &&
        (await this.kubectl('get', 'pods', '--output=name')).trim().split('\n').length === 3
      );
    });
  }
}

interface RolloutStatus {
  readonly phase?: string;
  readonly observedGeneration?: string;
  readonly replicas?: number;
}

interface PodSpec {
  readonly containers: readonly {
    readonly env: readonly object[];
    readonly [field: string]: unknown;
  }[];
  readonly [field: string]: unknown;
}
