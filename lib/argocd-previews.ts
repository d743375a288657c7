import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { toJson_ApplicationSpec } from '../imports/argoproj.io';
import {
  applicationSpec,
  type ArgoCdSource,
  COMPARE_ANNOTATION,
  sourceFaults,
} from './argocd-application';
import { ARGOCD_PREVIEWS_PROPS } from './prop-shapes';
import { checkProps } from './shape';
import { checkName, checkWholeNumber, fault } from './checks';

/** Pull requests on GitHub that get a preview. */
export interface PullRequests {
  /** Organization or user. */
  readonly owner: string;
  /** Its repository with the code of the API, without the owner. */
  readonly repository: string;
  /** Label that asks for a preview; whoever may set it may start one. */
  readonly label: string;
  /**
   * Secret in the namespace of Argo CD with a token that may read the pull requests.
   * @default - none; enough for a public repository, within the rate limit of anonymous requests
   */
  readonly token?: { readonly secretName: string; readonly key: string };
  /**
   * Seconds between two looks at the open pull requests.
   * @default 300
   */
  readonly intervalSeconds?: number;
}

/** What `ArgoCdPreviews` need. A `*` in the names, and in those of the project, stands for the number of the pull request. */
export interface ArgoCdPreviewsProps extends ArgoCdSource {
  /** Name of the ApplicationSet, and with `*` of each Application, e.g. `shop-preview-*`. */
  readonly name: string;
  readonly pullRequests: PullRequests;
}

/** The only thing that a pull request decides: its author chooses every other text, this one GitHub counts. */
const NUMBER = '{{.number}}';

/**
 * One Application for each open pull request with a label. It goes with the label or the pull request,
 * and everything that it applied goes with it.
 */
export class ArgoCdPreviews extends Construct {
  constructor(scope: Construct, id: string, props: ArgoCdPreviewsProps) {
    super(scope, id);
    checkProps(this, ARGOCD_PREVIEWS_PROPS, props);
    this.node.addValidation({ validate: () => faults(props) });
    const { pullRequests, project, revision, path } = props;
    const numbered = (text: string) => text.replaceAll('*', NUMBER);
    new ApiObject(this, 'Resource', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ApplicationSet',
      metadata: { name: props.name.replace(/-\*$/, '') },
      spec: {
        goTemplate: true,
        goTemplateOptions: ['missingkey=error'],
        generators: [
          {
            pullRequest: {
              github: {
                owner: pullRequests.owner,
                repo: pullRequests.repository,
                labels: [pullRequests.label],
                ...(pullRequests.token === undefined
                  ? {}
                  : { tokenRef: { ...pullRequests.token } }),
              },
              requeueAfterSeconds: pullRequests.intervalSeconds ?? 300,
            },
          },
        ],
        syncPolicy: { applicationsSync: 'sync', preserveResourcesOnDeletion: false },
        template: {
          metadata: {
            name: numbered(props.name),
            annotations: COMPARE_ANNOTATION,
            finalizers: ['resources-finalizer.argocd.argoproj.io'],
          },
          spec: toJson_ApplicationSpec(
            applicationSpec(
              { ...props, revision: numbered(revision), path: numbered(path) },
              numbered(project.props.namespace),
            ),
          ),
        },
      },
    });
  }
}

function faults(props: ArgoCdPreviewsProps): string[] {
  const { name, revision, path, project, pullRequests } = props;
  const { owner, repository, label, token, intervalSeconds } = pullRequests;
  const names = { name, revision, path, 'project.namespace': project.props.namespace };
  return [
    ...checkName('name', name.replace(/-\*$/, '-0')),
    ...sourceFaults(props),
    ...Object.entries(names)
      .filter(([, text]) => text.split('*').length !== 2)
      .map(([field, text]) =>
        fault(
          field,
          'is not one for each pull request',
          text,
          'one "*", which stands for the number',
          'put it where the number belongs',
        ),
      ),
    ...Object.entries({ owner, repository })
      .filter(([, text]) => !/^[A-Za-z0-9_.-]+$/.test(text))
      .map(([field, text]) =>
        fault(
          `pullRequests.${field}`,
          'is not a name on GitHub',
          text,
          'letters, digits, "-", "_" and "."',
          'correct it',
        ),
      ),
    // Without a label every pull request of anybody would run in the cluster.
    ...(label.trim() === ''
      ? [
          fault(
            'pullRequests.label',
            'is empty',
            label,
            'the label that asks for a preview',
            'name it',
          ),
        ]
      : []),
    ...(token === undefined
      ? []
      : checkName('pullRequests.token.secretName', token.secretName, 253)),
    ...(intervalSeconds === undefined
      ? []
      : checkWholeNumber('pullRequests.intervalSeconds', intervalSeconds, 30, 86400)),
  ];
}
