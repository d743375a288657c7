/** The two colours of a blue-green pair. Fixed names: a colour is a place, not a version. */
export type Colour = 'blue' | 'green';

/** Both of them, in the order in which they are rendered. */
export const COLOURS: readonly Colour[] = ['blue', 'green'];

/** The colour that `colour` is not. */
export function otherColour(colour: Colour): Colour {
  return colour === 'blue' ? 'green' : 'blue';
}

/** Labels as a Kubernetes object carries them. */
export type Labels = { readonly [key: string]: string };

/** What the recommended labels need to know of an object. */
export interface LabelProps {
  /** The application, e.g. `seda-api`. */
  readonly name: string;
  /** The workload within the application, e.g. `seda-api-blue`. */
  readonly instance: string;
  /** The part that it plays, e.g. `api` or `migration`. */
  readonly component: string;
  /**
   * Version that runs, normally the image tag.
   * @default - no version label
   */
  readonly version?: string;
}

/**
 * The recommended `app.kubernetes.io/*` labels. They describe and never select: selectors are
 * immutable, and Argo CD may overwrite `instance`.
 */
export function recommendedLabels(props: LabelProps): Labels {
  return {
    'app.kubernetes.io/name': props.name,
    'app.kubernetes.io/instance': props.instance,
    'app.kubernetes.io/component': props.component,
    ...(props.version === undefined ? {} : { 'app.kubernetes.io/version': props.version }),
  };
}
