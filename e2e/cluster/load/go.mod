module seda.fm/manifests/e2e/cluster/load

go 1.26.0

tool seda.fm/manifests/e2e/cluster/load
