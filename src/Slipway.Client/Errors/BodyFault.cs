using System.Text.Json;

namespace Slipway.Client.Errors;

/// <summary>One thing that is wrong with a request.</summary>
/// <param name="Loc">Where: <c>body</c> or <c>query</c>, then names and indexes down to the value.</param>
/// <param name="Msg">What is wrong, as a sentence.</param>
/// <param name="Type">The same for programs, such as <c>value_error.missing</c>.</param>
public sealed record BodyFault(IReadOnlyList<JsonElement> Loc, string Msg, string Type);
