namespace Slipway.Engine.Constraints;

/// <summary>A JSON schema asks for what the engine cannot hold an output to.</summary>
public sealed class UnsupportedSchemaException : Exception
{
    public UnsupportedSchemaException()
        : this("$", "the schema")
    {
    }

    public UnsupportedSchemaException(string message)
        : base(message)
    {
    }

    public UnsupportedSchemaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <param name="path">Where it is, from the root <c>$</c>.</param>
    /// <param name="feature">What is not supported.</param>
    public UnsupportedSchemaException(string path, string feature)
        : base($"{feature} at {path} is not supported.")
    {
        (Path, Feature) = (path, feature);
    }

    /// <summary>Where the feature is, such as <c>$.properties.x.patternProperties</c>.</summary>
    public string Path { get; } = "$";

    /// <summary>What is not supported, in a few words.</summary>
    public string Feature { get; } = "";
}
