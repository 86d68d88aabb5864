/** Says of a request from which process of the client it comes. */
export const INSTANCE_HEADER = 'ceph2zfs-instance';

/** Chosen at random by each process, as are the ids of calls and sessions. */
export const INSTANCE = /^[0-9a-f]{32}$/;
