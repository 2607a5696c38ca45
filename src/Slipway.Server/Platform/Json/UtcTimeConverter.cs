using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Server.Platform.Json;

/// <summary>Times leave as ISO 8601 in UTC with a <c>Z</c>, as every contract says; the framework would write <c>+00:00</c>.</summary>
public sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
}
