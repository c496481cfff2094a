/** Readings that may have to be taken up again. */
export declare class Readings {
    #private;
    /**
     * Does a reading.
     *
     * @template T
     * @param {string} token
     * @param {(key: string) => Promise<T>} read
     * @returns {Promise<T>}
     */
    read<T>(token: string, read: (key: string) => Promise<T>): Promise<T>;
}
