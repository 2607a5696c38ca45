using System.Text.Json.Serialization;

namespace Slipway.Server.Platform.Validation;

/// <summary>One thing that is wrong with a request.</summary>
/// <param name="Loc">Names (<see cref="string"/>) and positions (<see cref="int"/>) down to the value.</param>
/// <param name="Msg">What is wrong, as a sentence.</param>
/// <param name="Type">One of <see cref="FaultTypes"/>.</param>
internal sealed record Fault(IReadOnlyList<object> Loc, string Msg, string Type)
{
    [JsonIgnore]
    public string Path => string.Join('.', Loc);
}

/// <summary>The values of <see cref="Fault.Type"/>; clients compare them literally.</summary>
internal static class FaultTypes
{
    public const string Missing = "value_error.missing";
    public const string String = "type_error.string";
    public const string Integer = "type_error.integer";
    public const string Float = "type_error.float";
    public const string Bool = "type_error.bool";
    public const string List = "type_error.list";
    public const string Dict = "type_error.dict";
    public const string NotGe = "value_error.number.not_ge";
    public const string NotLe = "value_error.number.not_le";
    public const string MinLength = "value_error.any_str.min_length";
    public const string MaxLength = "value_error.any_str.max_length";
    public const string MinItems = "value_error.list.min_items";
    public const string MaxItems = "value_error.list.max_items";
    public const string Const = "value_error.const";
    public const string JsonDecode = "value_error.jsondecode";
}
