namespace Slipway.Engine.Training;

/// <summary>The loss or the gradient left the numbers; the weights of the last checkpoint are still good.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <param name="message">At which step, and what to change.</param>
    public TrainingDivergedException(string message)
        : base(message)
    {
    }
}
