/** The Node that is installed with the product. */
export const node = '/usr/lib/bpt-deployer/bin/node'
