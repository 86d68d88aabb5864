/** What the connection of a channel becomes: in the header `Upgrade` of its request and of the answer (RFC 9110, 7.8). */
export const FRAMES_PROTOCOL = 'ceph2zfs-frames';
