import { AppProject } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject';
import { Application } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application';
import { ApplicationSet } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/ApplicationSet';
import { Certificate } from '@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate';
import { ExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1/ExternalSecret';
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { recorder } from './recorder';

interface Model {
  readonly apiVersion: string;
  readonly kind: string;
  readonly prototype: object;
}

const MODELS: readonly Model[] = [
  AppProject,
  Application,
  ApplicationSet,
  Certificate,
  ConfigMap,
  Deployment,
  ExternalSecret,
  HorizontalPodAutoscaler,
  HTTPRoute,
  Ingress,
  Job,
  Namespace,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  PrometheusRule,
  Secret,
  Service,
  ServiceAccount,
  ServiceMonitor,
];

/** Fields that the CRD of AppProject has, and that the package lost together with the texts of its schemas. */
const LOST = /^spec\.(syncWindows\.\d+\.)?description$/;

/** Every kind that has a schema here, as `apiVersion kind`. */
export const schemaKinds: readonly string[] = MODELS.map(
  ({ apiVersion, kind }) => `${apiVersion} ${kind}`,
);

const BY_KIND = new Map(MODELS.map((model, index) => [schemaKinds[index]!, model]));

/**
 * What an API server with strict field validation would refuse in an object: values that its schema
 * does not allow and fields that it does not know. Empty for a good object.
 */
export function schemaFaults(object: {
  readonly apiVersion: string;
  readonly kind: string;
}): string[] {
  const model = BY_KIND.get(`${object.apiVersion} ${object.kind}`);
  if (!model)
    return [
      `${object.apiVersion} ${object.kind} has no schema here, expected one of ${schemaKinds.join(', ')}`,
    ];
  const { proxy, unread } = recorder(object);
  try {
    // Through the prototype, because a constructor copies the object and with that reads all of it.
    (model.prototype as { validate(): void }).validate.call(proxy);
  } catch (error) {
    return [(error as Error).message];
  }
  const unknown = unread().filter((path) => object.kind !== 'AppProject' || !LOST.test(path));
  return unknown.map((path) => `${path} is not a field of ${object.apiVersion} ${object.kind}`);
}
