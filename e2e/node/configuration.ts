import { join } from 'node:path';
import { context, type Ports } from '../cluster/configuration';

/** In the network of the node, which nothing else is in. */
export const PORTS: Ports = {
  etcd: 2379,
  peer: 2380,
  api: 6443,
  controllers: 10257,
  scheduler: 10259,
};

export const NODE_ADDRESS = '10.0.0.1';

/** The folders that the programs expect. */
export const FOLDERS = ['certs', 'cni', 'containerd', 'kubelet', 'pod-logs', 'bin'];

/** What the programs of the node read, by file name; JSON is YAML. */
export function filesOf(folder: string, runc: string): { readonly [name: string]: string } {
  const file = (name: string): string => join(folder, name);
  return {
    'containerd.toml': containerd(folder, runc),
    'cni/10-pods.conflist': JSON.stringify(podNetwork(folder)),
    'kubelet.yaml': JSON.stringify(kubelet(folder)),
    'kube-proxy.yaml': JSON.stringify(proxy(folder)),
    Corefile: nameServer(folder),
    // The node's own resolver: the registry of an image that is not here has no address, at once.
    'resolv.conf': `nameserver ${NODE_ADDRESS}\n`,
    'process-1.sh': processOne(folder, file('up')),
  };
}

/** How the programs are called that the simulated nodes do not have. */
export function nodeArguments(
  folder: string,
): Record<'containerd' | 'kubelet' | 'kube-proxy' | 'dns', string[]> {
  const file = (name: string): string => join(folder, name);
  return {
    containerd: [`--config=${file('containerd.toml')}`],
    kubelet: [
      `--config=${file('kubelet.yaml')}`,
      `--kubeconfig=${file('kubeconfig')}`,
      `--root-dir=${file('kubelet')}`,
      `--cert-dir=${file('certs')}`,
      '--hostname-override=node',
      `--node-ip=${NODE_ADDRESS}`,
      '--node-labels=topology.kubernetes.io/zone=a',
    ],
    'kube-proxy': [`--config=${file('kube-proxy.yaml')}`],
    dns: ['-conf', file('Corefile')],
  };
}

/**
 * Process 1 of the node, whose end is the end of everything in it. Containers are children of its programs' children,
 * which it inherits when those end, so it is a shell that waits.
 */
function processOne(folder: string, up: string): string {
  return `
set -eu
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /run/lock
# Where it is a link, it may lead to what has just been hidden.
target=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$target")"
[ -e "$target" ] || : > "$target"
mount --bind '${folder}/resolv.conf' "$target"
# The kubelet propagates the mounts of volumes into containers.
mount --bind '${folder}' '${folder}'
mount --make-rshared '${folder}'
ip link set lo up
# An address, and a default route over it, without which no address of a Service could be looked up.
ip link add node0 type bridge
ip address add ${NODE_ADDRESS}/24 dev node0
ip link set node0 up
ip route add default via 10.0.0.254 dev node0
echo 1 > /proc/sys/net/ipv4/ip_forward
echo up > '${up}'
while :; do sleep 3600 & wait $!; done
`;
}

function containerd(folder: string, runc: string): string {
  const unused = [
    'nri.v1.nri',
    'snapshotter.v1.btrfs',
    'snapshotter.v1.devmapper',
    'snapshotter.v1.zfs',
    'snapshotter.v1.blockfile',
    'snapshotter.v1.erofs',
    'differ.v1.erofs',
    'tracing.processor.v1.otlp',
  ].map((name) => `io.containerd.${name}`);
  return `
version = 3
root = "${folder}/containerd/root"
state = "${folder}/containerd/state"
disabled_plugins = ${JSON.stringify(unused)}
[grpc]
  address = "${folder}/containerd.sock"
[ttrpc]
  address = "${folder}/containerd.ttrpc"
[plugins."io.containerd.cri.v1.runtime"]
  # Without CAP_SYS_RESOURCE nobody may make a process less likely to be killed than its parent is.
  restrict_oom_score_adj = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  disable_apparmor = true
  enable_selinux = false
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        BinaryName = "${runc}"
        SystemdCgroup = false
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "${folder}/cni"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "localhost/pause:1"
`;
}

function podNetwork(folder: string): object {
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: false,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: join(folder, 'cni-addresses'),
      ranges: [[{ subnet: '10.244.0.0/24' }]],
      routes: [{ dst: '0.0.0.0/0' }],
    },
  };
  return { cniVersion: '1.0.0', name: 'pods', plugins: [bridge] };
}

function kubelet(folder: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: NODE_ADDRESS,
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${folder}/containerd.sock`,
    podLogsDir: join(folder, 'pod-logs'),
    resolvConf: '',
    clusterDomain: 'cluster.local',
    clusterDNS: [NODE_ADDRESS],
    readOnlyPort: 0,
    // Cgroups of version 1 or of both, without systemd, and without a parent that limits all pods.
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    // What needs CAP_SYS_RESOURCE or settings of the host is tried, and its failure is logged.
    featureGates: { KubeletInUserNamespace: true },
    oomScoreAdj: 0,
    makeIPTablesUtilChains: false,
    localStorageCapacityIsolation: false,
    // The disk of who tests is not the disk of a node.
    evictionHard: {
      'memory.available': '50Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
    },
    imageMinimumGCAge: '24h',
    nodeStatusUpdateFrequency: '5s',
  };
}

function proxy(folder: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig: join(folder, 'kubeconfig') },
    clusterCIDR: '10.244.0.0/16',
    hostnameOverride: 'node',
    bindAddress: '0.0.0.0',
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    // Leave the host's limits of connection tracking as they are.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}

function nameServer(folder: string): string {
  return `
.:53 {
  bind ${NODE_ADDRESS}
  errors
  kubernetes cluster.local {
    kubeconfig ${folder}/kubeconfig ${context}
    pods disabled
    ttl 5
  }
  # Instead of a server outside: no other name exists.
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
}
