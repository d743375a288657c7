/*
 * The generated Kubernetes types and classes of cdk8s-plus-27, without its higher-level constructs:
 * loading those as well costs a synth more time than rendering an environment.
 */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- the one form that exports types and values alike
export import k8s = require('cdk8s-plus-27/lib/imports/k8s');
