// Reads all containers, networks, volumes and images of a VM's Docker engine as `docker inspect` prints them.
import type { Vm } from '../../vm/vm.ts'

export interface Container {
  Id: string
  Name: string
  Image: string
  Config: { Hostname: string; Labels: Record<string, string> }
  HostConfig: {
    NetworkMode: string
    IpcMode: string
    PidMode: string
    VolumesFrom: string[] | null
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]> | null
  }
  State: { Status: string; ExitCode: number; Pid: number; Health?: { Status: string } }
  Mounts: { Type: string; Name?: string; Source: string; Destination: string }[]
  NetworkSettings: {
    Networks: Record<string, { IPAMConfig: { IPv4Address?: string; IPv6Address?: string } | null }>
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null> | null
  }
  GraphDriver: { Data: { UpperDir: string } }
}

export interface Image {
  Id: string
  RepoTags: string[]
  Config: object
  GraphDriver: { Data: { UpperDir: string; LowerDir?: string } }
}

interface Labelled {
  Name: string
  Labels: Record<string, string> | null
}

export interface EngineObjects {
  containers: Container[]
  networks: (Labelled & { Id: string })[]
  volumes: (Labelled & { Mountpoint: string })[]
  images: Image[]
  /** The tables of nftables that the agent has made. */
  nftTables: string[]
}

// An object may disappear between the list and its inspection: `docker inspect` then prints the others.
const script = `
  inspect() { ids=$(cat); if [ "$ids" ]; then docker inspect --type "$1" $ids 2>/dev/null || true; else echo '[]'; fi; }
  docker ps -aq --no-trunc | inspect container
  docker network ls -q --no-trunc | inspect network
  docker volume ls -q | inspect volume
  docker image ls -aq --no-trunc | sort -u | inspect image`

export async function readEngine(vm: Vm): Promise<EngineObjects> {
  const { stdout } = await vm.run(
    // Without the containers that keep images of earlier releases.
    `{ ${script}\n} | jq -sc --arg nft "$(nft list tables | grep bpt_deployer)" '{containers:(.[0] | map(select(.Name | startswith("/bpt-keeps-") | not))), networks:.[1], volumes:.[2], images:.[3], nftTables:($nft | split("\\n"))}'`,
  )
  return JSON.parse(stdout)
}
