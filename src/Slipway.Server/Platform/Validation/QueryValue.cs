using System.Text.Json;

namespace Slipway.Server.Platform.Validation;

/// <summary>A value of the query string, checked by the same rules as one of a body.</summary>
internal static class QueryValue
{
    public static BodyValue Of(string name, string? value, FaultList faults)
    {
        var path = BodyPath.Query.Then(name);
        if (value is null)
        {
            faults.Add(path, "field required", FaultTypes.Missing);
            return new BodyValue(default, path, faults);
        }

        return new BodyValue(JsonSerializer.SerializeToElement(value, Errors.ErrorJson.Wire.String), path, faults);
    }
}
