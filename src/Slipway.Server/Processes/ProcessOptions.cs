namespace Slipway.Server.Processes;

internal sealed class ProcessOptions
{
    /// <summary>
    /// Variables of our environment that children get although they look like secrets, with * and ?: <c>HF_TOKEN</c>,
    /// <c>WANDB_*</c>. A run's own variables are never held back.
    /// </summary>
    public IReadOnlyList<string> PassEnvironment { get; init; } = [];
}
