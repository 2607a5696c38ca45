using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Client;

namespace Slipway.Server.Platform.Errors;

[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(FaultsBody))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
internal sealed partial class ErrorJson : JsonSerializerContext
{
    public static ErrorJson Wire { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = WireText.Encoder,
    });
}
