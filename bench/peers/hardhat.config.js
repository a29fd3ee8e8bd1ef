// biome-ignore lint/style/noDefaultExport: Hardhat reads the default export
export default {};
