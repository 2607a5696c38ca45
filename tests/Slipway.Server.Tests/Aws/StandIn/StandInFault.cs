namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>A refusal, in AWS's words.</summary>
internal sealed class StandInFault(string code, string message, int status = 400) : Exception(message)
{
    public string Code { get; } = code;

    public int Status { get; } = status;

    public static StandInFault Validation(string message) => new("ValidationError", message);

    /// <summary>How services say that a parameter of a call breaks a rule of their model.</summary>
    public static StandInFault Constraint(string parameter, string value, string rule) => Validation(
        $"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: {rule}");
}
