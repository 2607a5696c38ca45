using Microsoft.Extensions.Configuration.Json;

namespace Slipway.Server.Platform.Settings;

/// <summary>A JSON file of settings that is followed as it changes. What cannot be read of a change leaves the settings as they were.</summary>
internal sealed class SettingsFile : JsonConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new Provider(this);
    }

    internal sealed class Provider(SettingsFile source) : JsonConfigurationProvider(source)
    {
        private bool _isRead;

        /// <summary>Why the file as it is now is not in force; null while it is.</summary>
        public string? Fault { get; private set; }

        public override void Load(Stream stream)
        {
            try
            {
                base.Load(stream);
                (_isRead, Fault) = (true, null);
            }
            catch (FormatException exception) when (_isRead)
            {
                Fault = exception.GetBaseException().Message;
            }
        }
    }
}
