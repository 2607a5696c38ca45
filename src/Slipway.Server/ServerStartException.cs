namespace Slipway.Server;

/// <summary>The server cannot start as it was told to; the message says why and what would work. Show it, not the stack.</summary>
public sealed class ServerStartException : Exception
{
    public ServerStartException()
    {
    }

    public ServerStartException(string message)
        : base(message)
    {
    }

    public ServerStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Options that do not validate.</summary>
    internal static ServerStartException Of(OptionsValidationException exception) =>
        new($"The configuration is not valid: {string.Join(" ", exception.Failures)}", exception);
}
