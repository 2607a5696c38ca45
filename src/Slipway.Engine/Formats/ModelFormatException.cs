namespace Slipway.Engine.Formats;

/// <summary>A model file is broken, cut short or of a kind this engine does not read; the message names what and where.</summary>
public sealed class ModelFormatException : Exception
{
    public ModelFormatException()
    {
    }

    public ModelFormatException(string message)
        : base(message)
    {
    }

    public ModelFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
