declare module "virtual:labels" {
  /** Address of the file with all labels. */
  const url: string;
  export default url;
}
