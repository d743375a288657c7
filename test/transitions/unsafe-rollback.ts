import { ofKind, type Unsafe } from './transition';
import { all, edits, editsPolicies, removes, type Thing } from './tree';
import { promotes, rerenders, stages } from './world';

const POD = (version: string) => ({ app: 'seda-api', version });

/** The policies of the pods of a colour. */
const reach = (version: string, change: (policy: Thing) => void) =>
  editsPolicies('production', POD(version), change);

const ports = (rule: Thing): number[] => (rule.ports ?? []).map(({ port }: Thing) => port);

/** No connection to a port any more. */
const without = (port: number) => (policy: Thing) => {
  policy.spec.egress = policy.spec.egress.filter((rule: Thing) => !ports(rule).includes(port));
};

const egressTo = (policy: Thing, port: number): Thing =>
  policy.spec.egress.find((rule: Thing) => ports(rule).includes(port));

export const ROLLBACK = ofKind<Unsafe>('a rollback leads to a colour that is cut off', [
  {
    name: 'Redis moves to another port in the commit that stages',
    breaks: 3,
    from: 'rich: arrived',
    why: 'the colour that serves calls the old port, which its policy denies from this commit on',
    change: all(
      rerenders(stages('production', '1.5.0')),
      editsPolicies('production', POD('green'), (policy) => {
        egressTo(policy, 6380).ports[0].port = 6381;
      }),
    ),
  },
  {
    name: 'Redis is denied to the colour that is kept warm',
    breaks: 8,
    from: 'rich: promoted',
    why: 'a rollback gives the traffic to pods without Redis',
    change: reach('green', without(6380)),
  },
  {
    name: 'the database is denied to the colour that is kept warm',
    breaks: 8,
    from: 'promoted',
    why: 'the readiness of the warm pods fails, so there is nothing to roll back to',
    change: reach('green', without(5432)),
  },
  {
    name: 'the promotion takes the ConfigMap of the outgoing colour away',
    breaks: 10,
    from: 'staged',
    why: 'an outgoing pod that is restarted cannot start, and a rollback finds none',
    change: all(rerenders(promotes()), removes('production/ConfigMap/seda-api-green-config-*')),
  },
  {
    name: 'the ConfigMap of the warm colour goes',
    breaks: 10,
    from: 'promoted',
    why: 'an evicted warm pod cannot start any more',
    change: removes('production/ConfigMap/seda-api-green-config-*'),
  },
  {
    name: 'the version of the secrets that the warm colour reads goes',
    breaks: 10,
    from: 'rotation promoted',
    why: 'its owner deletes the Secret with it, and no warm pod starts again',
    change: removes('production/ExternalSecret/seda-secrets'),
  },
  {
    name: 'a key that the warm colour reads goes',
    breaks: 2,
    from: 'rich: promoted',
    why: 'a warm pod that starts again lacks STRIPE_KEY and stays in CreateContainerConfigError',
    change: edits('production/ExternalSecret/seda-secrets', (object) => object.spec.data.pop()),
  },
  {
    name: 'the gate of the warm colour goes',
    breaks: 4,
    from: 'promoted',
    why: 'a rollback would move traffic without anything that looks at the pods',
    change: removes('production/Job/seda-api-gate-green-*'),
  },
  {
    name: 'the Service that the gate of the warm colour counts goes',
    breaks: 4,
    from: 'promoted',
    why: 'the gate finds no name and closes: the rollback hangs until its deadline, and fails',
    change: removes('production/Service/seda-api-green-pods'),
  },
  {
    name: 'the policy selects the serving colour alone',
    breaks: 8,
    from: 'promoted',
    why: 'after a rollback every request ends in 502',
    change: reach('green', (policy) => {
      policy.spec.podSelector = { matchLabels: { app: 'seda-api', version: 'blue' } };
    }),
  },
  {
    name: 'the ServiceAccount of the warm colour goes',
    breaks: 10,
    from: 'promoted',
    why: 'no pod of either colour can be made any more',
    change: removes('production/ServiceAccount/seda-api'),
  },
]);
