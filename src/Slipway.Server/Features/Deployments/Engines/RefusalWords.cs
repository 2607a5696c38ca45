namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>Why arguments are refused, in the words that end the sentence.</summary>
internal static class RefusalWords
{
    public const string Listening = "where it listens is chosen by the server; leave it out";
    public const string Name = "use served_model_name";
    public const string Model = "use model_path";
    public const string Keys = "the gateway asks for keys, and knows none for its servers; leave it out";
    public const string Token = "every user of the machine would read it in the command line; set HF_TOKEN in env"
        + " or pass the server's own with Processes:PassEnvironment";
    public const string Address = "the gateway speaks plain HTTP to it, at its root; leave it out";
    public const string File = "a file could say what is not accepted here; write its settings as arguments";
    public const string End = "the program would end at once; leave it out";
    public const string Nodes = "a deployment stays on this machine; leave it out";
    public const string Gpus = "GPUs are given out by the server; use preferred_gpu";
    public const string Code = "requests could run programs and read files of this machine; leave it out";
}
