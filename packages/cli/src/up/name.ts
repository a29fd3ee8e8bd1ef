/** Name of the network other commands reach a running market by. */
export const upNetwork = 'up';
